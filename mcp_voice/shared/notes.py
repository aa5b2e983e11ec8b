"""What was said in a place, as it outlives whoever carried it out there: a text in the store.

Instants travel as Unix times of the machine that wrote them down, as those of a transcript do.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from mcp_voice.participants import Participant
from mcp_voice.results import Channel
from mcp_voice.shares import size
from mcp_voice.turns.transcript import Line, Reply, Transcript

__all__ = ["read_into", "written"]

log = logging.getLogger(__name__)

MOST_BYTES = 60_000
"""Of lines, and as much of turns that no result has returned: the newest of each."""


class _NotedTurn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    participant: Participant
    text: str
    channel: Channel
    started_at: float
    ended_at: float
    words_at: float
    choice: str | None = None
    continued: bool = False


class _Notes(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lines: list[Line] = []
    unclaimed: list[_NotedTurn] = []


def written(transcript: Transcript) -> str:
    """As much of it as the store takes; empty where nothing was said."""
    if not (transcript.lines or transcript.unclaimed):
        return ""
    offset = time.time() - time.monotonic()
    turns = [_turn(reply, offset) for reply in transcript.unclaimed]
    return _Notes(lines=_newest(transcript.lines), unclaimed=_newest(turns)).model_dump_json()


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


def _turn(reply: Reply, offset: float) -> _NotedTurn:
    return _NotedTurn(
        participant=reply.participant,
        text=reply.text,
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


def _newest(said: list[Any]) -> list[Any]:
    """The last of them that fit."""
    kept, left = [], MOST_BYTES
    for each in reversed(said):
        left -= size(each.text) + 300
        if left < 0:
            break
        kept.append(each)
    return kept[::-1]
