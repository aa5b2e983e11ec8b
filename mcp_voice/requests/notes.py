"""What was said in a place, as it outlives whoever carried it out there: a text in the store.

Instants travel as Unix times of the machine that wrote them down, as those of a transcript do.
"""

from __future__ import annotations

import logging
import time
import weakref
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from mcp_voice.participants import Participant
from mcp_voice.results import Channel
from mcp_voice.texts.foreign import printable
from mcp_voice.turns.transcript import Line, Reply, Transcript

__all__ = ["Noted", "read_into", "written"]

log = logging.getLogger(__name__)

MOST_BYTES = 90_000
"""Of lines as JSON, and as much of turns that no result has returned: the newest of each. The longest text of a turn
has 80,000, and a store takes both together."""
T = TypeVar("T")
SAME_SECONDS = 1.0
"""Instants that are told by other clocks: so far apart they may be of one thing."""


class _NotedTurn(BaseModel):
    # A process of a newer version may note more.
    model_config = ConfigDict(extra="ignore")

    participant: Participant
    text: str
    channel: Channel
    started_at: float
    ended_at: float
    words_at: float
    choice: str | None = None
    continued: bool = False


_LINE = TypeAdapter(Line)


class _Notes(BaseModel):
    model_config = ConfigDict(extra="ignore")

    lines: list[Line] = []
    unclaimed: list[_NotedTurn] = []


def written(transcript: Transcript) -> str:
    """As much of it as the store takes; empty where nothing was said."""
    if not (transcript.lines or transcript.unclaimed):
        return ""
    offset = time.time() - time.monotonic()
    lines = _newest(transcript.lines, owner=lambda line: line.identity, dumped=_LINE.dump_json)
    turns = _newest(
        transcript.unclaimed,
        owner=lambda reply: reply.participant.identity,
        dumped=lambda reply: _turn(reply, offset).model_dump_json().encode(),
    )
    return (b'{"lines":[%b],"unclaimed":[%b]}' % (b",".join(lines), b",".join(turns))).decode()


def read_into(transcript: Transcript, text: str) -> None:
    """Take up what was noted; a text that is none of ours is nothing."""
    if not text:
        return
    try:
        notes = _Notes.model_validate_json(text)
    except ValidationError:
        log.warning("what was noted of a room cannot be read")
        return
    offset = time.monotonic() - time.time()
    transcript.lines[:] = [*notes.lines, *transcript.lines]
    transcript.unclaimed[:] = [*(_reply(each, offset) for each in notes.unclaimed), *transcript.unclaimed]


class Noted:
    """What is noted of one place, as this process wrote it or found it last."""

    def __init__(self) -> None:
        self._text = ""
        self._key = _key(Transcript())
        self._unclaimed: tuple[Reply, ...] = ()
        self._transcript: weakref.ref[Transcript] | None = None

    def is_of(self, transcript: Transcript) -> bool:
        """Whether nothing is to be noted."""
        return _key(transcript) == self._key

    def wrote(self, text: str, transcript: Transcript) -> None:
        """This was noted of it."""
        self._text, self._key, self._unclaimed = text, _key(transcript), tuple(transcript.unclaimed)
        self._transcript = weakref.ref(transcript)

    def take_up(self, text: str, transcript: Transcript) -> None:
        """Join what others have noted since, or returned, with what was said here."""
        is_same = self._transcript is not None and self._transcript() is transcript
        if not text or (is_same and text == self._text):
            return
        theirs = Transcript()
        read_into(theirs, text)
        # A transcript that was begun anew has returned nothing.
        before = self._unclaimed if is_same else ()
        returned = [each for each in before if each not in transcript.unclaimed]
        new = [each for each in transcript.unclaimed if each not in before]
        turns = [each for each in theirs.unclaimed if not _is_turn_among(each, returned)]
        turns += [each for each in new if not _is_turn_among(each, turns)]
        lines = [*theirs.lines, *(each for each in transcript.lines if not _is_line_among(each, theirs.lines))]
        transcript.lines[:] = sorted(lines, key=lambda each: each.at)
        transcript.unclaimed[:] = sorted(turns, key=lambda each: each.started_at)
        self.wrote(text, theirs)
        self._transcript = weakref.ref(transcript)


def _is_turn_among(turn: Reply, turns: Sequence[Reply]) -> bool:
    return any(
        (each.participant.identity, each.text) == (turn.participant.identity, turn.text)
        and abs(each.started_at - turn.started_at) < SAME_SECONDS
        for each in turns
    )


def _is_line_among(line: Line, lines: Sequence[Line]) -> bool:
    return any(
        (each.identity, each.text) == (line.identity, line.text) and abs(each.at - line.at) < SAME_SECONDS
        for each in lines
    )


def _key(transcript: Transcript) -> object:
    """Differs where what is to be noted does."""
    lines, unclaimed = transcript.lines, transcript.unclaimed
    return len(lines), lines[-1:], len(unclaimed), unclaimed[:1], unclaimed[-1:]


def _turn(reply: Reply, offset: float) -> _NotedTurn:
    return _NotedTurn(
        participant=reply.participant,
        text=printable(reply.text),  # as it is returned: a sign that steers takes six bytes of JSON
        channel=reply.channel,
        started_at=reply.started_at + offset,
        ended_at=reply.ended_at + offset,
        words_at=reply.words_at + offset,
        choice=reply.choice,
        continued=reply.continued,
    )


def _reply(turn: _NotedTurn, offset: float) -> Reply:
    return Reply(
        participant=turn.participant,
        text=turn.text,
        channel=turn.channel,
        started_at=turn.started_at + offset,
        ended_at=turn.ended_at + offset,
        words_at=turn.words_at + offset,
        choice=turn.choice,
        continued=turn.continued,
    )


def _newest(said: Sequence[T], *, owner: Callable[[T], str], dumped: Callable[[T], bytes]) -> list[bytes]:
    """As much as fits, as JSON, oldest first: everybody's newest before anybody's second.

    Nobody's words make way for those of somebody who says more.
    """
    counts: Counter[str] = Counter()
    ranked: list[tuple[int, int]] = []
    for index in reversed(range(len(said))):
        counts[owner(said[index])] += 1
        ranked.append((counts[owner(said[index])], -index))
    kept: dict[int, bytes] = {}
    full: set[str] = set()
    left = MOST_BYTES
    for _, number in sorted(ranked):
        who = owner(said[-number])
        if who in full:
            continue
        written_down = dumped(said[-number])
        if len(written_down) < left:
            kept[-number] = written_down
            left -= len(written_down) + 1
        else:
            full.add(who)  # nothing older of theirs without this
    return [kept[index] for index in sorted(kept)]
