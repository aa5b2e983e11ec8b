"""Who carries out what is asked in a place: this process, or a worker that LiveKit's dispatch finds.

Whoever does it, does it by ``carrying``: it holds the place, enters the room by its voice when something is asked
there, and is done once it has left the room and nothing is open any more, or at once where another one holds the place.
Cancelling it is an orderly end: what is open is given back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mcp_voice.asks.way_in import WayIn
from mcp_voice.results import RoomInfo, WaitingFor
from mcp_voice.store.records import Place, Progress, Request
from mcp_voice.turns.transcript import Transcript

__all__ = ["Carriers", "Outlook"]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a caller is told while nobody carries out what it asked; empty: that it is about to be."""

    line: str = ""
    """For a person who watches the call."""
    next: str = ""
    """The next step of a pending result, in whole sentences; it ends with how to wait for the reply."""
    waiting_for: WaitingFor | None = None
    why: str = ""
    """Why nobody carries it out, as a part of a sentence, where that is known."""


class Carriers(Protocol):
    """Has somebody carry out what is open in a place, and tells what this process knows of that by itself."""

    async def see_to(self, place: Place, *, name: str) -> None:
        """Have somebody carry out what is open there; ``name`` is the visible one of who asks.

        Returns soon. It is called again and again, every second or so, while something is open and nobody claims it.
        Raises VoiceError where that is hopeless, which ends the call but not the ask.
        """

    def told(self, place: Place, *, ask_id: str) -> Outlook:
        """What to tell whoever waits for that; ``ask_id`` is empty for what ends with its call."""

    def found(self, place: Place, room: RoomInfo, *, name: str) -> None:
        """A call has just looked it up, and is about to ask something there; ``name`` is its visible one.

        Raises Busy at once where only this process could carry it out, and can take no room more.
        """

    def refuse_if_full(self, place: Place) -> None:
        """Raise Busy where that is sure before LiveKit is asked whether there is such a room."""

    def way_in(self, place: Place, *, name: str) -> WayIn:
        """How somebody gets in there, who is told that ``name`` wants to speak to them."""

    def progress(self, request: Request) -> Progress | None:
        """How far it is now, where this process carries it out itself: the store is told a little later."""

    def entered(self, subject: str) -> list[str]:
        """The rooms that this process is in for a subject."""

    def knows(self, place: Place) -> bool | None:
        """Whether this process is in a room; False where it was taken from it; None: that is not known."""

    def transcript(self, place: Place) -> Transcript | None:
        """What is said in a place that this process holds itself; None: it does not."""

    def end(self, subject: str) -> None:
        """Have what this process says and hears for a subject return what there is: it is about to end."""
