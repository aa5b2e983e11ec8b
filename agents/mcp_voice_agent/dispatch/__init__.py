"""Which companion is in a room: another for one that was lost, one of two, and none where somebody removed it."""
