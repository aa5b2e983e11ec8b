"""What is heard and seen in a room. Instants are ``time.monotonic()`` seconds."""

from __future__ import annotations

from dataclasses import dataclass

from mcp_voice.errors import LinkLost, VoiceError
from mcp_voice.participants import Participant

__all__ = [
    "CallChanged",
    "Event",
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
