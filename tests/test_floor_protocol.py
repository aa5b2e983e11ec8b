"""The protocol of the floor: what is written is read again, and what is anything else is nothing."""

from __future__ import annotations

import json

import pytest

from mcp_voice.bounds.limits import LONGEST_IDENTITY
from mcp_voice.bounds.payloads import LARGEST_READ
from mcp_voice.floor_protocol import (
    ANSWERED_ATTRIBUTE,
    ASK_ATTRIBUTE,
    FLOOR_ATTRIBUTE,
    LARGEST_CALL,
    LONGEST_ATTRIBUTE,
    LONGEST_QUESTION,
    LONGEST_REPLY,
    RENEWED_ATTRIBUTE,
    FloorState,
    HoldCall,
    OpenQuestion,
    ReleaseCall,
    concern_floor,
)

QUESTION = OpenQuestion("ask-1", "alice")
SHOWN = OpenQuestion("ask-1", "", "Ship it?", ("Yes, ship it!", "no"), 1764230400.5)


@pytest.mark.parametrize(
    "state",
    [
        FloorState(),
        FloorState(floor="ask-1", renewed="1764230400.123"),
        FloorState(question=QUESTION, renewed="1764230400.123"),
        FloorState(floor="say-1", question=QUESTION, renewed="1764230400.123"),
        FloorState(floor="ask-1", question=SHOWN, renewed="1764230400.123"),
    ],
    ids=["nothing", "asks", "listens", "says while it listens", "shows what it asks"],
)
def test_a_state_is_read_as_it_was_written(state: FloorState) -> None:
    """Beside whatever else an agent carries; and what is over is taken away, not left out."""
    written = state.written()
    assert written.keys() == {FLOOR_ATTRIBUTE, ASK_ATTRIBUTE, RENEWED_ATTRIBUTE, ANSWERED_ATTRIBUTE}
    assert FloorState.read({**written, "lk.agent.state": "speaking"}) == state


def test_an_agent_is_known_by_the_ask_that_listens_and_by_what_has_the_floor() -> None:
    """The ask first, and one that has the floor itself once."""
    assert FloorState(floor="say-1", question=QUESTION).ids == ("ask-1", "say-1")
    assert FloorState(floor="ask-1", question=QUESTION).ids == ("ask-1",)
    assert FloorState(floor="say-1").ids == ("say-1",)
    assert FloorState(renewed="1.0").ids == ()


@pytest.mark.parametrize("floor", ["", "ask 1", "ask-1\n", "a" * 101, "é"])
@pytest.mark.parametrize("renewed", ["", "soon", "inf", "nan", "1e999", "1" * 101])
def test_what_is_no_floor_and_no_time_is_nothing(floor: str, renewed: str) -> None:
    """Any participant can set an attribute to anything."""
    carried = {FLOOR_ATTRIBUTE: floor, ASK_ATTRIBUTE: floor, RENEWED_ATTRIBUTE: renewed}
    assert FloorState.read(carried) == FloorState()


def test_only_what_is_of_the_floor_concerns_it() -> None:
    """Others may change their attributes as often as they like."""
    assert concern_floor({"lk.agent.state": "speaking", RENEWED_ATTRIBUTE: "1.0"})
    assert not concern_floor({"lk.agent.state": "speaking", "mcp_voice": "1.0"})


@pytest.mark.parametrize("letter", ["x", "é", "語", "😀", '"', "\x01"])
def test_whatever_letters_an_identity_has_the_question_that_is_put_to_it_is_shown(letter: str) -> None:
    """Escaped as JSON may be, "語" took six times the room, was cut, and was no question."""
    identity = letter * LONGEST_IDENTITY
    question = OpenQuestion("a" * 100, identity)
    value = question.written()
    assert len(value.encode()) <= LONGEST_ATTRIBUTE
    assert OpenQuestion.read(value) == question
    assert letter == "\x01" or value.count(letter) >= LONGEST_IDENTITY


@pytest.mark.parametrize(
    "value",
    [
        "",
        "ask-1",
        "[]",
        "{}",
        "null",
        json.dumps({"id": 1, "participant": ""}),
        json.dumps({"id": "ask-1"}),
        json.dumps({"id": "an ask\n", "participant": ""}),
        json.dumps({"id": "ask-1", "participant": "x" * 3_000}),
        json.dumps({"id": "ask-1", "participant": "", "more": "x" * LONGEST_ATTRIBUTE}),
        "[" * 5_000,
    ],
)
def test_what_is_no_question_is_none(value: str) -> None:
    """Any agent can set the attribute to anything."""
    assert OpenQuestion.read(value) is None


@pytest.mark.parametrize("letter", ["x", "é", "語", "😀", '"', "\x01", "\ud800"])
@pytest.mark.parametrize(("choices", "length"), [(0, 0), (2, 3), (30, 100)])
@pytest.mark.parametrize("identity", [5, LONGEST_IDENTITY])
def test_a_question_of_any_letters_is_shown_as_far_as_there_is_room(
    letter: str, choices: int, length: int, identity: int
) -> None:
    """Cut with an ellipsis, and with all of its choices or none, so that every reader goes on reading it."""
    asked, offered = (
        letter * LONGEST_QUESTION,
        tuple(f"{number:02d}{letter * length}"[:100] for number in range(choices)),
    )
    value = OpenQuestion("a" * 100, letter * identity, asked, offered, 1764230400.5).written()
    assert len(value.encode()) <= LONGEST_ATTRIBUTE
    read = OpenQuestion.read(value)
    assert read is not None
    assert (read.ask_id, len(read.participant), read.deadline) == ("a" * 100, identity, 1764230400.5)
    assert len(read.choices) in (0, choices)
    if read.question != asked.encode(errors="replace").decode():
        assert read.question.endswith("…")
        assert len(value.encode()) > LONGEST_ATTRIBUTE - 40
    if identity == 5:
        assert len(read.question) >= 200


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("question", 1),
        ("question", ["Ship it?"]),
        ("choices", "yes"),
        ("choices", ["yes", 1]),
        ("choices", ["yes", ""]),
        ("choices", ["yes", "x" * 101]),
        ("choices", ["x"] * 31),
        ("choices", {"yes": 1}),
        ("deadline", "soon"),
        ("deadline", True),
        ("deadline", -1),
        ("deadline", 1e300),
        ("deadline", float("inf")),
        ("deadline", float("nan")),
        ("deadline", 10**400),
    ],
)
def test_what_is_nothing_to_show_is_missing_and_the_question_is_open_all_the_same(name: str, told: object) -> None:
    """Any agent can set the attribute to anything."""
    whole = json.loads(SHOWN.written())
    assert OpenQuestion.read(json.dumps({**whole, name: told})) == OpenQuestion.read(
        json.dumps({each: value for each, value in whole.items() if each != name})
    )


def test_a_question_without_anything_to_show_is_written_as_it_always_was() -> None:
    """As other makers' agents know it."""
    assert json.loads(QUESTION.written()) == {"id": "ask-1", "participant": "alice"}
    assert json.loads(SHOWN.written()) == {
        "id": "ask-1",
        "participant": "",
        "question": "Ship it?",
        "choices": ["Yes, ship it!", "no"],
        "deadline": 1764230400.5,
    }


def test_a_hold_is_read_as_it_was_written() -> None:
    """And holds the ask's id."""
    assert HoldCall.read(HoldCall("ask-1").written()) == HoldCall("ask-1")


@pytest.mark.parametrize("letter", ["x", "é", "語", "😀", '"', "\x01", "\ud800"])
def test_what_is_told_of_an_answer_fits_into_a_call_whatever_its_letters(letter: str) -> None:
    """Of a long reply in Japanese agents that held were told nothing: as escapes it was too much for LiveKit."""
    told = ReleaseCall("ask-1", letter * 2_000, letter * 12_000, "alice").written()
    assert len(told.encode()) <= LARGEST_CALL
    read = ReleaseCall.read(told)
    assert read is not None
    assert len(read.question) == 2_000
    assert 100 < len(read.reply) <= 12_000


@pytest.mark.parametrize("letter", ["\x00", '"', "語", "\ud800"])
def test_a_call_fits_whatever_is_long_in_it(letter: str) -> None:
    """A question of 3,000 NULs took 18 KB as escapes, and agents that held were told nothing."""
    for question, reply, identity in ((3_000, 0, 0), (2_000, 0, 1_000), (20_000, 20_000, 20_000), (0, 0, 9_000)):
        call = ReleaseCall("ask-1", letter * question, letter * reply, letter * identity)
        assert len(call.written().encode()) <= LARGEST_CALL
        assert ReleaseCall.read(call.written()) is not None


@pytest.mark.parametrize("ask_id", ["", " ", "ask 1", "ask-1\n", "é", "a" * 101, "a" * 50_000, "\ud800"])
def test_a_call_for_an_ask_without_an_id_is_none(ask_id: str) -> None:
    """An empty one was held for, and one without end was kept."""
    assert HoldCall.read(json.dumps({"ask_id": ask_id})) is None
    told = {"ask_id": ask_id, "question": "Which?", "reply": "Green.", "identity": "alice"}
    assert ReleaseCall.read(json.dumps(told)) is None


def test_half_characters_of_others_are_not_passed_on() -> None:
    """JSON can hold them, and whatever they were sent on with broke."""
    told = {"ask_id": "ask-1", "question": "\ud800?", "reply": "Gr\udfffeen", "identity": "\ud83d"}
    read = ReleaseCall.read(json.dumps(told))
    assert read == ReleaseCall("ask-1", "??", "Gr?een", "?")
    question = OpenQuestion.read(json.dumps({"id": "ask-1", "participant": "\ud800"}))
    assert question == OpenQuestion("ask-1", "?")
    for written in (read.written(), question.written(), OpenQuestion("ask-1", "\ud800").written()):
        assert written.encode()


def test_a_short_answer_is_told_whole() -> None:
    """As it was said."""
    told = ReleaseCall("ask-1", "Quoi ?", "Déployez, s'il vous plaît.", "zoë")
    assert ReleaseCall.read(told.written()) == told
    assert json.loads(told.written()) == {
        "ask_id": "ask-1",
        "question": "Quoi ?",
        "reply": "Déployez, s'il vous plaît.",
        "identity": "zoë",
    }


def test_texts_of_any_length_are_cut() -> None:
    """Another agent may tell what it likes."""
    long = {"ask_id": "ask-1", "question": "q" * 9_000, "reply": "r" * 30_000, "identity": "i" * 5_000}
    told = ReleaseCall.read(json.dumps(long))
    assert told is not None
    cut = (len(told.question), len(told.reply), len(told.identity))
    assert cut == (LONGEST_QUESTION, LONGEST_REPLY, LONGEST_IDENTITY)


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "ask-1",
        "[]",
        "null",
        "{}",
        json.dumps({"ask_id": 1, "question": "", "reply": "", "identity": ""}),
        json.dumps({"ask_id": None}),
        json.dumps({"ask_id": "ask-1", "more": "x" * LARGEST_READ}),
        "[" * 10_000,
        "9" * 5_000,
    ],
    ids=["nothing", "text", "list", "null", "empty", "number", "no id", "too much", "nested", "digits"],
)
def test_a_payload_that_is_no_call_is_none(payload: str) -> None:
    """Not an error of whatever reads it."""
    assert HoldCall.read(payload) is None
    assert ReleaseCall.read(payload) is None


def test_a_release_without_its_texts_is_none() -> None:
    """What was asked without what was answered is nothing to learn."""
    whole = {"ask_id": "ask-1", "question": "Which?", "reply": "Green.", "identity": "alice"}
    for name in whole:
        assert ReleaseCall.read(json.dumps({**whole, name: ["Green."]})) is None
        assert ReleaseCall.read(json.dumps({each: text for each, text in whole.items() if each != name})) is None
