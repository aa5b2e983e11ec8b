"""Who says what in a room, and when they are done: no LiveKit below, no tasks but the one that reads events."""
