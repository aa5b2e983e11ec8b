"""A team's processes on one machine, of which some are killed."""
