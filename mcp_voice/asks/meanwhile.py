"""What people said after an answer, or before a question, reaches the model with the next result of that room.

A list of rooms shows it as well, and takes nothing of it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TypeVar

from mcp_voice.bounds.shares import size
from mcp_voice.participants import Participant
from mcp_voice.results import Answer, Cancelled, Meanwhile, ParticipantRef, RoomInfo, Said, Sent
from mcp_voice.texts.foreign import shown_name
from mcp_voice.turns.transcript import LONGEST_MEANWHILE, OVERHEAD, Reply, Transcript

__all__ = ["as_lines", "listed", "with_meanwhile"]

Result = TypeVar("Result", Answer, Cancelled, Said, Sent)
LONGEST_LIST = 12_000
"""Bytes of rooms and participants in one list; beside them there is as much said meanwhile as in any result."""
MOST_PARTICIPANTS = 30


def with_meanwhile(result: Result, transcript: Transcript | None) -> Result:
    """A result with what has been said and not returned yet.

    What is in it counts as returned, so call this last: a call that is cancelled before must not have taken anything.
    """
    if transcript is None:
        return result
    said = as_lines(transcript.claim_meanwhile())
    return result.model_copy(update={"said_meanwhile": said, "more": bool(transcript.unclaimed)})


def as_lines(replies: Sequence[Reply]) -> list[Meanwhile]:
    """Turns as a result shows them."""
    return [_line(reply) for reply in replies]


def listed(rooms: Sequence[RoomInfo], known: Sequence[Transcript | None]) -> tuple[list[RoomInfo], bool]:
    """As many rooms as one result holds, those with humans first, each with what was said there meanwhile.

    ``known`` is the transcript of each room, if there is one. Nothing of it counts as returned: a host may list rooms
    as often as it likes, and side by side. Also tells whether there are more rooms.
    """
    found: list[RoomInfo] = []
    left, room_for_words = LONGEST_LIST, LONGEST_MEANWHILE
    for room, transcript in sorted(zip(rooms, known, strict=True), key=lambda each: not each[0].active):
        here = _fewer(room.participants)
        left -= OVERHEAD + size(shown_name(room.room_name)) + sum(_bytes(each) for each in here)
        if left < 0 and found:
            return found, True
        said, unsaid = transcript.meanwhile(most_bytes=room_for_words) if transcript else ([], False)
        lines = as_lines(said)
        room_for_words -= sum(OVERHEAD + size(line.model_dump_json()) for line in lines)
        others = len(room.participants) - len(here)
        found.append(
            room.model_copy(update={"participants": here, "others": others, "said_meanwhile": lines, "more": unsaid})
        )
    return found, False


def _fewer(participants: Sequence[Participant]) -> list[Participant]:
    """Those who may be asked first."""
    ordered = sorted(participants, key=lambda each: not each.is_human)
    kept: list[Participant] = []
    left = LONGEST_LIST // 2
    for each in ordered[:MOST_PARTICIPANTS]:
        left -= _bytes(each)
        if left >= 0:
            kept.append(each)
    return kept


def _bytes(participant: Participant) -> int:
    shown = participant.shown()
    return OVERHEAD // 2 + size(shown.identity) + size(shown.name)


def _line(reply: Reply) -> Meanwhile:
    return Meanwhile(
        who=ParticipantRef.to(reply.participant),
        text=reply.text,
        seconds_ago=round(max(0.0, time.monotonic() - reply.ended_at), 1),
    )
