"""The questions that other agents show: which of them are questions, which are over, and which were answered."""

from __future__ import annotations

import time
from typing import cast

import pytest
from livekit import rtc

from mcp_voice.floor_protocol import FloorState, OpenQuestion
from mcp_voice.link.questions import asked_last
from mcp_voice.room.other_questions import KEPT_OF_ONE, OtherQuestions
from tests.room.test_floor_others import Other, Room


def looked_at(room: Room) -> OtherQuestions:
    """The questions of that room."""
    questions = OtherQuestions(cast("rtc.Room", room))
    room.on("participant_attributes_changed", questions.look_at)
    room.on("participant_disconnected", questions.look)
    questions.look()
    return questions


def test_a_question_is_open_from_when_it_is_shown_until_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Renewed or not in between; and one that is followed by another is over."""
    monkeypatch.setattr("mcp_voice.room.other_questions.HEARD_SECONDS", 0.0)
    other = Other("mcp-voice-1")
    room = Room(other)
    questions = looked_at(room)
    room.sets(other, ask=OpenQuestion("ask-1", "alice").written(), floor_renewed="1.0")
    room.sets(other, floor_renewed="2.0")
    (first,) = questions.all()
    assert (first.target.participant, first.over_at) == ("alice", float("inf"))
    room.sets(other, ask=OpenQuestion("ask-2", "").written())
    room.sets(other, ask="", floor_renewed="")
    assert [(each.target.participant, each.answered) for each in questions.all()] == [("alice", True), ("", True)]


def test_a_question_that_goes_before_anybody_can_have_heard_it_was_not_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An agent that shows another question five times a second takes no answer, and pushes out nobody's question."""
    clock = [1_000.0]
    monkeypatch.setattr("mcp_voice.room.other_questions.time.monotonic", lambda: clock[0])
    honest, broken = Other("mcp-voice-1"), Other("broken")
    room = Room(honest, broken)
    questions = looked_at(room)
    room.sets(honest, ask=OpenQuestion("ask-1", "").written(), floor_renewed="1.0")
    clock[0] += 5
    room.sets(honest, ask="", floor_renewed="")
    said_at = clock[0] + 1.1
    for number in range(200):
        room.sets(broken, ask=OpenQuestion(f"ask-{number}", "").written(), floor_renewed=f"{number}.0")
        clock[0] += 0.2
    of_each = [[each for each in questions.all() if each.asker == asker] for asker in ("mcp-voice-1", "broken")]
    assert [each.answered for each in of_each[0]] == [True]
    assert 1 < len(of_each[1]) <= KEPT_OF_ONE + 1
    assert asked_last(questions.all(), "alice", said_at) is None


@pytest.mark.parametrize("end", ["leaves", "is killed"])
def test_a_question_whose_asker_goes_without_an_end_was_not_answered(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was said to it must not be lost with it."""
    monkeypatch.setattr("mcp_voice.room.other_questions.STALE_SECONDS", 0.0 if end == "is killed" else 10.0)
    other = Other("mcp-voice-1", attributes=FloorState(question=OpenQuestion("ask-1", ""), renewed="1.0").written())
    room = Room(other)
    questions = looked_at(room)
    if end == "leaves":
        del room.remote_participants["mcp-voice-1"]
        room.emit("participant_disconnected", other)
    (question,) = questions.all()
    assert question.over_at <= time.monotonic()
    assert not question.answered
