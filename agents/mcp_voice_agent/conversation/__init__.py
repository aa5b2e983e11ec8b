"""One room's conversation, and stepping back while somebody else has the floor."""
