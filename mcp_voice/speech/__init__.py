"""Speech providers: which there are, and the ones that need neither key nor network."""
