"""Limits of calls and asks, in seconds unless they say otherwise: whatever breaks, nothing lasts longer."""

from __future__ import annotations

__all__ = [
    "FLOOR_SECONDS",
    "FLOOR_SECONDS_IN_ALL",
    "LAST_WORDS_SECONDS",
    "LONGEST_IDENTITY",
    "MOST_ERRANDS",
    "MOST_OPEN",
    "MOST_OPEN_IN_ROOM",
    "NEW_WORDS_SECONDS",
    "OVERTIME_SECONDS",
    "STUCK_SECONDS",
]

MOST_OPEN = 100
"""Asks of a process that are open at once."""
MOST_OPEN_IN_ROOM = 20
"""Asks that are open at once in one room: one is spoken, the others wait for it."""
MOST_ERRANDS = 200
"""Of what ends with its call, such as listening: calls of one subject and kind that are under way at once."""
FLOOR_SECONDS = 120.0
"""For so long another agent's floor is respected; then we take it. It is earned back at a quarter of the time."""
FLOOR_SECONDS_IN_ALL = 240.0
"""The same for all others together, in one ask."""
OVERTIME_SECONDS = 60.0
"""An answer that is under way when an ask's time is over may go on for this long."""
NEW_WORDS_SECONDS = 10.0
"""As long as it brings new words within this: noise alone is no answer."""
LAST_WORDS_SECONDS = 3.0
"""How long the words may take that were spoken just before a microphone went away or we were removed."""
STUCK_SECONDS = 5.0
"""What is cancelled and has not ended by then is left to itself, and the room's next question is spoken."""
LONGEST_IDENTITY = 1_000
"""Characters; LiveKit's server allows 256 by default."""
