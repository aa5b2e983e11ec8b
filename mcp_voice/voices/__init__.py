"""The voices that tools, command line and library call: of one caller, of several, or for one call."""
