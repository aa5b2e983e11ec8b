"""Asking, saying and listening: what a call means, whom it is for, and what becomes of it."""
