"""Calls as requests in a store: opened, followed and returned; claimed and carried out by whoever holds the room."""
