"""Who carries out what is asked in a place: this process, or a worker that LiveKit's dispatch finds.

Whoever does it, does it by ``carrying.carry_out(place, store=, voice=, worker=)``: it holds the place, enters the room
by the voice when something is asked there, and returns once it has left the room and nothing is open any more, or at
once where another one holds the place. Cancelling it is an orderly end: what is open is given back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mcp_voice.results import WaitingFor
from mcp_voice.store.records import Place
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
    """Has somebody carry out what is open in a place."""

    async def see_to(self, place: Place, *, name: str) -> None:
        """Have somebody carry out what is open there; ``name`` is the visible one of who asks.

        Returns soon. It is called again and again, every second or so, while something is open and nobody claims it.
        Raises VoiceError where that is hopeless, which ends the call but not the ask.
        """

    def told(self, place: Place, *, ask_id: str) -> Outlook:
        """What to tell whoever waits for that; ``ask_id`` is empty for what ends with its call."""

    def held(self, subject: str) -> list[str]:
        """The rooms of a subject's places that this process holds itself."""

    def transcript(self, place: Place) -> Transcript | None:
        """What is said in a place that this process holds itself; None: it does not."""
