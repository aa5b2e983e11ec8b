"""The one seam to LiveKit: what a room we are in offers to the code above it.

Everything above this file knows rooms only through these types, so a test may stand in a small fake of its own.
Instants are ``time.monotonic()`` seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from anyio.streams.memory import MemoryObjectReceiveStream

from mcp_voice.errors import LinkLost, VoiceError
from mcp_voice.link.playout import Playout, Speech
from mcp_voice.link.questions import Question
from mcp_voice.link.room_server import RoomServer
from mcp_voice.participants import Participant

__all__ = [
    "CallChanged",
    "Engine",
    "Event",
    "Floor",
    "Hint",
    "Joined",
    "Keyed",
    "Left",
    "Lost",
    "MicrophoneChanged",
    "Reachable",
    "Reading",
    "Reconnected",
    "Reconnecting",
    "RoomLink",
    "SegmentRead",
    "SpeechStarted",
    "SpeechStopped",
    "Trouble",
    "Typed",
    "Unreachable",
    "Words",
]


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Voice activity began; ``at`` is back-dated to the first voiced sample."""

    identity: str
    at: float


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """Voice activity ended; ``at`` is back-dated to the last voiced sample."""

    identity: str
    at: float


@dataclass(frozen=True, slots=True)
class Words:
    """What a recogniser read: an interim text replaces the one before it, a final text stays.

    An empty final text makes the interim one stay as it is, and an empty interim text takes it back. ``began_at`` and
    ``ended_at`` say when it was spoken, if that is known: words may come after their turn.
    """

    identity: str
    text: str
    final: bool
    at: float
    began_at: float | None = None
    ended_at: float | None = None
    doubtful: bool = False
    """Interim words that recognisers write of a noise too: they are nothing until others follow or they are final."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The recogniser is at speech that has ended; told now and then until its words, ``SegmentRead`` or ``Trouble``."""

    identity: str
    at: float


@dataclass(frozen=True, slots=True)
class SegmentRead:
    """The recogniser is through with the segment that stopped last, whether or not it found words."""

    identity: str
    at: float


@dataclass(frozen=True, slots=True)
class Hint:
    """LiveKit's end-of-turn model on the pause under way; ``likely`` means that the turn is probably over."""

    identity: str
    likely: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """A chat message (``lk.chat``)."""

    identity: str
    text: str
    at: float


@dataclass(frozen=True, slots=True)
class Keyed:
    """One key of a telephone keypad (SIP DTMF)."""

    identity: str
    digit: str
    at: float


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody came in."""

    participant: Participant


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody went away; ``broke``: not of their own accord, as far as is known, but since their connection broke."""

    participant: Participant
    broke: bool = False


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Nothing comes any more from somebody who was speaking: their connection broke at ``at``, perhaps for a moment."""

    identity: str
    at: float


@dataclass(frozen=True, slots=True)
class Reachable:
    """Something comes again from them since ``at``, which is that of ``Unreachable`` where nothing was broken."""

    identity: str
    at: float


@dataclass(frozen=True, slots=True)
class CallChanged:
    """A phone was picked up, or hung up, as the participant's ``call`` says."""

    participant: Participant
    at: float


@dataclass(frozen=True, slots=True)
class MicrophoneChanged:
    """Somebody's microphone came, went, or was muted or unmuted, as the participant's ``cannot_be_heard`` says."""

    participant: Participant


@dataclass(frozen=True, slots=True)
class Reconnecting:
    """Our connection broke off and is being resumed; until then who is in the room is not known."""


@dataclass(frozen=True, slots=True)
class Reconnected:
    """Our connection is back."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A part failed while listening (speech to text); the room itself is still ours."""

    identity: str
    error: VoiceError


@dataclass(frozen=True, slots=True)
class Lost:
    """We are out of the room: removed, or it is over (RemovedFromRoom), or the connection could not be resumed."""

    error: LinkLost


Event = (
    SpeechStarted
    | SpeechStopped
    | Words
    | Reading
    | SegmentRead
    | Hint
    | Typed
    | Keyed
    | Joined
    | Left
    | Unreachable
    | Reachable
    | CallChanged
    | MicrophoneChanged
    | Reconnecting
    | Reconnected
    | Trouble
    | Lost
)


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
