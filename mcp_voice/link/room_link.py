"""A room we are in, and the engine that joins rooms, as the code above the seam knows them.

A test may stand in a small fake of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from anyio.streams.memory import MemoryObjectReceiveStream

from mcp_voice.link.events import Event
from mcp_voice.link.playout import Playout, Speech
from mcp_voice.link.questions import Question
from mcp_voice.link.room_server import RoomServer
from mcp_voice.participants import Participant

__all__ = ["Engine", "Floor", "RoomLink"]


class Floor(Protocol):
    """The right to speak in a room, while we have it, and the question that is asked."""

    def show_question(
        self, participant: str, *, question: str = "", choices: Sequence[str] = (), seconds: float = 0.0
    ) -> None:
        """Tell everybody in the room that what is said from now on (by one human, or anybody) answers it.

        ``question``, ``choices``, and for how long it stays open, are for clients that show them.
        """

    def give_back(self) -> None:
        """Let others speak; the question is shown until the end."""

    def conclude(self, *, question: str, reply: str, identity: str) -> None:
        """What came of an ask; agents that fell silent for it are told when the floor is given back."""


class RoomLink(Protocol):
    """A room we are in."""

    @property
    def room_name(self) -> str:
        """The LiveKit room's name."""

    @property
    def connect_ms(self) -> int:
        """How long joining took."""

    def participants(self) -> Sequence[Participant]:
        """Everybody else in the room, in the order in which they came."""

    @property
    def events(self) -> MemoryObjectReceiveStream[Event]:
        """What is heard and seen from the moment of joining; there is one reader."""

    def expect(self, choices: Sequence[str]) -> None:
        """Tell the recognisers which answers are expected, or none."""

    def turn_over(self, identity: str) -> None:
        """What this human says from now on is read apart from what they said before."""

    def say(self, speech: Speech) -> AbstractAsyncContextManager[Playout]:
        """Speak; leaving the block stops what is left of it."""

    def questions(self) -> Sequence[Question]:
        """The questions of other processes that are open, or were until a minute ago."""

    def hold_floor(self, ask_id: str, *, tell: Callable[[str], None] | None) -> AbstractAsyncContextManager[Floor]:
        """Show other agents that an ask has the floor, and have them fall silent first (bounded).

        ``tell`` is given the name of whoever has it before us, and nothing once it is ours. Without it nobody is waited
        for: an ask that only listens goes on without the floor where somebody else has it.
        """


class Engine(RoomServer, Protocol):
    """All that is below the seam: loaded late, because importing it takes seconds."""

    def connect(self, room_name: str, *, name: str) -> AbstractAsyncContextManager[RoomLink]:
        """Be in a room under a visible name while the block lasts."""

    def synthesis(self, text: str) -> AbstractAsyncContextManager[Speech]:
        """Begin to turn a text into sound."""
