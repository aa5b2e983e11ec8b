"""The voice of processes that share a store: calls open requests in it, and others carry them out."""
