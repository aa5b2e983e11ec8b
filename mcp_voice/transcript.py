"""What was said in one room: kept in memory, bounded, and logged only where a setting allows it."""

from __future__ import annotations

import logging
import time
from collections import deque
from dataclasses import dataclass, field

from mcp_voice.answer import Channel
from mcp_voice.errors import VoiceError
from mcp_voice.foreign import printable, shown, shown_name
from mcp_voice.link import Occupant

__all__ = ["Line", "Reply", "Transcript"]

log = logging.getLogger(__name__)

KEPT_LINES = 500
KEPT_REPLIES = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was said; ``at`` is when it began (Unix time, seconds), ``identity`` is empty for ourselves."""

    at: float
    identity: str
    name: str
    channel: Channel
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One human's whole turn. Instants are ``time.monotonic()`` seconds."""

    occupant: Occupant
    text: str
    channel: Channel
    started_at: float
    ended_at: float
    """End of the last voiced sample, or when the message or key arrived."""
    words_at: float
    """When the last of the words had been transcribed."""
    choice: str | None = None


@dataclass(slots=True)
class Transcript:
    """Everything said in a room, and apart from it what was said to nobody yet."""

    log_speech: bool = False
    lines: deque[Line] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))
    """In the order in which they began: an answer may be over before the question that it interrupted is."""
    unclaimed: deque[Reply] = field(default_factory=lambda: deque(maxlen=KEPT_REPLIES))
    troubles: dict[str, VoiceError] = field(default_factory=dict)
    """Why what somebody (an identity) said could not be read, while nothing was asked of them."""

    def add(self, text: str, *, began_at: float, occupant: Occupant | None = None, channel: Channel = "speech") -> None:
        """Write down what somebody said, or we; ``began_at`` is in ``time.monotonic()`` seconds."""
        at = time.time() - (time.monotonic() - began_at)
        identity, name = (shown_name(occupant.identity), shown(occupant.name)) if occupant else ("", "")
        text = printable(text)
        later = []
        while self.lines and self.lines[-1].at > at:
            later.append(self.lines.pop())
        self.lines.extend([Line(at, identity, name, channel, text), *reversed(later)])
        if self.log_speech:
            log.debug("%s (%s): %r", identity or "mcp-voice", channel, text)

    def keep(self, reply: Reply) -> None:
        """Keep a turn that answers no open ask, for ``listen_in_room``."""
        self.unclaimed.append(reply)

    def complain(self, participant: str) -> None:
        """Raise why one human (or the given identity) could not be understood, once."""
        for identity in [each for each in self.troubles if participant in ("", each)]:
            raise self.troubles.pop(identity)

    def claim(self, participant: str) -> list[Reply]:
        """Take the oldest turns of one human (or of the given identity) that stand together; each is taken once."""
        first = next((reply for reply in self.unclaimed if participant in ("", reply.occupant.identity)), None)
        if first is None:
            return []
        claimed: list[Reply] = []
        left: list[Reply] = []
        for reply in self.unclaimed:
            joins = (
                reply.occupant.identity == first.occupant.identity
                and reply.channel == first.channel
                and not any(other.started_at > first.started_at for other in left)
            )
            (claimed if joins else left).append(reply)
        self.unclaimed.clear()
        self.unclaimed.extend(left)
        return claimed
