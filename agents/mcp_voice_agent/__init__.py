"""The companion: a LiveKit worker that carries on a room's ordinary conversation and steps back for ``ask_in_room``."""
