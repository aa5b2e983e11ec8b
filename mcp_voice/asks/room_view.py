"""What an ask can see of its room while it is open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mcp_voice.asks.way_in import WayIn
from mcp_voice.participants import Participant

__all__ = ["RoomView"]


@dataclass(eq=False)
class RoomView:
    """Whoever carries the ask out fills it in. Instants are ``time.monotonic()`` seconds."""

    audience: Callable[[], Iterable[Participant]] = tuple
    """Who is in the room, as far as is known now."""
    is_known: bool = False
    """Whether the room has been looked up."""
    unreadable: Callable[[], str] = str
    """Whose words could not be read, or heard to their end, as sentences for ``next``."""
    holder: Callable[[], str] = str
    """Who has the floor while the ask is queued."""
    way_in: WayIn | None = None
    """How somebody gets into the room where nobody is."""
    quiet_until: float = 0.0
    """Until when whoever has just come in is not spoken at, though speech is being made for them already."""
    elsewhere: Sequence[str] = ()
    """Other rooms in which humans are meanwhile."""
    server_awaited: Callable[[], str] = str
    """What is done until LiveKit's server is there; empty once it is."""
    voice_awaited: Callable[[], bool] = bool
    """Whether the sound is due that the voice has not made yet."""
