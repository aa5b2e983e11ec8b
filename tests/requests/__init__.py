"""The voice of processes that share a store."""
