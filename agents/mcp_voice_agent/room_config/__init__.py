"""Each room's own configuration: fetched, kept for a moment, laid over the worker's settings."""
