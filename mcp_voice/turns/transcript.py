"""What was said in one room: kept in memory, bounded, and logged only where a setting allows it."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mcp_voice.bounds.shares import size, split, trim
from mcp_voice.errors import VoiceError, some_of
from mcp_voice.participants import Participant, Target
from mcp_voice.results import Channel
from mcp_voice.texts.foreign import printable, shown, shown_name

__all__ = ["LONGEST_MEANWHILE", "OVERHEAD", "Line", "Reply", "Transcript", "said_by"]

log = logging.getLogger(__name__)

KEPT_LINES = 500
KEPT_REPLIES = 200
KEPT_BYTES = 200_000
"""Of what one participant said, in each of the two lists."""
LONGEST_REPLY = 14_000
"""Bytes of a reply in one result, which holds about 20 kB in all; the rest is returned by the next."""
MOST_MEANWHILE = 20
LONGEST_MEANWHILE = 4_000
LEAST_SHARE = 300
"""Bytes of a text of somebody who has long names, where many have said something."""
OVERHEAD = 100
"""Bytes of a line in a result beside its text and the name of who said it."""
KEPT_TROUBLES = 100


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

    participant: Participant
    text: str
    channel: Channel
    started_at: float
    ended_at: float
    """End of the last voiced sample, or when the message or key arrived."""
    words_at: float
    """When the last of the words had been transcribed."""
    choice: str | None = None
    continued: bool = False
    """Whether this is the rest of a turn whose beginning has been returned."""

    def split(self, most: int = LONGEST_REPLY) -> tuple[Reply, Reply | None]:
        """As much of it as one result holds (bytes), and the rest, which has to be kept."""
        text = printable(self.text)  # as it is shown, which may take three times as many bytes
        head, rest = split(text, most)
        if not rest:
            return replace(self, text=text), None
        return replace(self, text=head), replace(self, text=rest, continued=True)


_Share = tuple[Reply, Reply, Reply | None]
"""A turn, as much of it as goes beside a result, and the rest."""


@dataclass(slots=True, weakref_slot=True)
class Transcript:
    """Everything said in a room, and apart from it what was said to nobody yet."""

    log_speech: bool = False
    lines: list[Line] = field(default_factory=list)
    """In the order in which they began: an answer may be over before the question that it interrupted is."""
    unclaimed: list[Reply] = field(default_factory=list)
    troubles: dict[str, VoiceError] = field(default_factory=dict)
    """Why what somebody (an identity) said could not be read, while nothing was asked of them."""

    @property
    def is_any(self) -> bool:
        """Whether anything was said."""
        return bool(self.lines or self.unclaimed)

    def add(
        self, text: str, *, began_at: float, participant: Participant | None = None, channel: Channel = "speech"
    ) -> None:
        """Write down what somebody said, or we; ``began_at`` is in ``time.monotonic()`` seconds."""
        at = time.time() - (time.monotonic() - began_at)
        identity, name = (shown_name(participant.identity), shown(participant.name)) if participant else ("", "")
        text = printable(text)
        index = len(self.lines)
        while index and self.lines[index - 1].at > at:
            index -= 1
        self.lines.insert(index, Line(at, identity, name, channel, text))
        trim(
            self.lines,
            owner=lambda line: line.identity,
            text=lambda line: line.text,
            most=KEPT_LINES,
            most_bytes=KEPT_BYTES,
        )
        if self.log_speech:
            log.debug("%s (%s): %r", identity or "mcp-voice", channel, text)

    def keep(self, reply: Reply) -> None:
        """Keep a turn that answers no open ask, until a result returns it."""
        self.unclaimed.append(reply)
        trim(
            self.unclaimed,
            owner=lambda each: each.participant.identity,
            text=lambda each: each.text,
            most=KEPT_REPLIES,
            most_bytes=KEPT_BYTES,
        )

    def trouble(self, identity: str, error: VoiceError) -> None:
        """Note why what somebody said could not be read, for whoever listens next; the latest of each is kept."""
        self.troubles.pop(identity, None)
        self.troubles[identity] = error
        while len(self.troubles) > KEPT_TROUBLES:
            self.troubles.pop(next(iter(self.troubles)))

    def complain(self, target: Target) -> None:
        """Raise why one of those who are meant could not be understood, once."""
        for identity in [each for each in self.troubles if target.concerns(each)]:
            raise said_by([identity], self.troubles.pop(identity))

    def claim(self, target: Target) -> list[Reply]:
        """Take the oldest turns of one of those who are meant that stand together; each is taken once.

        No more than one result holds: the rest of them stays.
        """
        first = next((reply for reply in self.unclaimed if target.concerns(reply.participant.identity)), None)
        if first is None:
            return []
        claimed: list[Reply] = []
        left: list[Reply] = []
        room = LONGEST_REPLY
        for reply in self.unclaimed:
            joins = (
                room > 0
                and reply.participant.identity == first.participant.identity
                and reply.channel == first.channel
                and not any(other.started_at > first.started_at for other in left)
            )
            if not joins:
                left.append(reply)
                continue
            head, rest = reply.split(room)
            claimed.append(head)
            left.extend([rest] if rest else [])
            room = 0 if rest else room - size(head.text) - 1
        self.unclaimed[:] = left
        return claimed

    def put_back(self, replies: Sequence[Reply]) -> None:
        """Turns that were taken have not been returned after all."""
        self.unclaimed[:] = sorted([*replies, *self.unclaimed], key=lambda each: each.started_at)

    def claim_meanwhile(self) -> list[Reply]:
        """Take what ``meanwhile`` shows; each turn is taken once."""
        shared = self._shared(LONGEST_MEANWHILE)
        for reply, _, rest in shared:
            index = next(number for number, each in enumerate(self.unclaimed) if each is reply)
            self.unclaimed[index : index + 1] = [rest] if rest else []
        return _in_order(shared)

    def meanwhile(self, *, most_bytes: int) -> tuple[list[Reply], bool]:
        """The newest turns of everybody, as many as go beside a result, oldest first, and whether there is more."""
        shared = self._shared(most_bytes)
        more = len(shared) < len(self.unclaimed) or any(rest for *_, rest in shared)
        return _in_order(shared), more

    def _shared(self, most_bytes: int) -> list[_Share]:
        """Somebody who says much does not crowd out the others.

        Each one's newest comes before anybody's second, and no more of it than their share.
        """
        shared: list[_Share] = []
        newest = self._newest_of_each()
        people = {reply.participant.identity for reply in newest}
        share = most_bytes // max(1, min(len(people), MOST_MEANWHILE))
        for reply in newest:
            who = reply.participant
            overhead = OVERHEAD + size(shown_name(who.identity)) + size(shown(who.name))
            most_bytes -= overhead
            fair = max(LEAST_SHARE, share - overhead) if who.identity in people else most_bytes
            head, rest = reply.split(min(most_bytes, fair))
            if not head.text or (rest and who.identity not in people) or len(shared) == MOST_MEANWHILE:
                break
            people.discard(who.identity)
            shared.append((reply, head, rest))
            most_bytes -= size(head.text)
        return shared

    def _newest_of_each(self) -> list[Reply]:
        """Everybody's newest turn, then everybody's second newest and so on; no rests of turns."""
        ranks: defaultdict[str, int] = defaultdict(int)
        ranked: list[tuple[int, float, Reply]] = []
        for reply in reversed(self.unclaimed):
            if not reply.continued:
                ranks[reply.participant.identity] += 1
                ranked.append((ranks[reply.participant.identity], -reply.ended_at, reply))
        return [reply for _, _, reply in sorted(ranked, key=lambda each: each[:2])]


def _in_order(shared: list[_Share]) -> list[Reply]:
    return sorted((head for _, head, _ in shared), key=lambda reply: reply.started_at)


def said_by(identities: Sequence[str], error: VoiceError) -> VoiceError:
    """Why something could not be read, with whose words it was."""
    return error.with_more(f"It was said by {some_of(identities)}.")
