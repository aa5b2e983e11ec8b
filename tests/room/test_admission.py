"""The door of a room: what comes in is what it must be, and nobody sends more than their share."""

from __future__ import annotations

import time
from dataclasses import fields, replace

import anyio
import pytest

from mcp_voice.errors import STTError
from mcp_voice.link import (
    CallChanged,
    Event,
    Hint,
    Joined,
    Keyed,
    Left,
    MicrophoneChanged,
    SpeechStarted,
    Trouble,
    Typed,
    Words,
)
from mcp_voice.participants import Participant
from mcp_voice.room.admission import FIELDS, KINDS, LONGEST_NAME, Admission, checked
from mcp_voice.room.incoming import Incoming
from mcp_voice.room.latest_states import CALLS, LatestStates
from mcp_voice.tasks import owned_tasks
from mcp_voice.texts.foreign import LONGEST_TEXT
from testkit.fake_link import ALICE
from testkit.telephone import CALLER, RINGS
from testkit.waiting import settled

NOW = 10_000.0
SOUND: list[Event] = [
    Keyed("alice", "5", NOW),
    Typed("alice", "hello", NOW),
    Words("alice", "", final=True, at=NOW - 1),
    Words("alice", "thank you", final=False, at=NOW - 1, doubtful=True),
    SpeechStarted("alice", NOW - 1),
    Hint("alice", likely=True),
    Joined(ALICE),
    Left(ALICE),
    CallChanged(Participant("caller", "Caller", "phone", "active"), NOW),
    Trouble("alice", STTError("STT failed.")),
]
BAD: dict[str, object] = {
    "5,000 digits in one key": Keyed("alice", "5" * 5_000, NOW),
    "a letter that is on no keypad": Keyed("alice", "x", NOW),
    "a digit of another script": Keyed("alice", "٣", NOW),
    "no digit": Keyed("alice", "", NOW),
    "a number for a key": Keyed("alice", 5, NOW),  # type: ignore[arg-type]
    "no text": Typed("alice", None, NOW),  # type: ignore[arg-type]
    "null from a recogniser": Words("alice", None, final=True, at=NOW),  # type: ignore[arg-type]
    "a list from a recogniser": Words("alice", ["yes"], final=True, at=NOW),  # type: ignore[arg-type]
    "a text for whether it is in doubt": Words("alice", "yes", final=False, at=NOW, doubtful="no"),  # type: ignore[arg-type]
    "a text for whether it is final": Words("alice", "yes", final="no", at=NOW),  # type: ignore[arg-type]
    "nobody": Typed("", "yes", NOW),
    "60 kB of identity": Typed("a" * 60_000, "yes", NOW),
    "half a character of identity": Typed("\ud800", "yes", NOW),
    "no instant": Typed("alice", "yes", float("nan")),
    "the end of time": Typed("alice", "yes", float("inf")),
    "an instant to come": SpeechStarted("alice", NOW + 3_600),
    "an instant long past": SpeechStarted("alice", -1e300),
    "a number without end": SpeechStarted("alice", 10**400),
    "a kind that there is not": Joined(Participant("alice", "Alice", "ghost")),  # type: ignore[arg-type]
    "a name that is none": Joined(Participant("alice", None, "human")),  # type: ignore[arg-type]
    "a guest who says that they ring": Joined(Participant("alice", "Alice", "human", "ringing")),
    "a guest who says that they hung up": CallChanged(Participant("alice", "Alice", "human", "ended"), NOW),
    "a call that there is not": CallChanged(Participant("caller", "Caller", "phone", "lost"), NOW),  # type: ignore[arg-type]
    "no event": "yes",
    "nothing": None,
}


def test_every_field_of_every_event_is_checked() -> None:
    """One that is not would end the ear, or the link, that tells of it."""
    assert {each.name for kind in KINDS for each in fields(kind)} == set(FIELDS)


@pytest.mark.parametrize("event", SOUND, ids=lambda event: type(event).__name__)
def test_what_is_sound_comes_in_as_it_is(event: Event) -> None:
    """Each kind of event."""
    assert Admission().admit(event, NOW) == event


@pytest.mark.parametrize("event", BAD.values(), ids=BAD.keys())
def test_what_is_not_what_it_must_be_stays_outside(event: object, caplog: pytest.LogCaptureFixture) -> None:
    """Dropped and told of without its content."""
    assert Admission().admit(event, NOW) is None
    (line,) = caplog.messages
    assert len(line) < 100
    assert "yes" not in line


def test_what_is_too_long_is_cut() -> None:
    """A text to what one message may hold, a name to what anybody is called."""
    assert checked(Typed("alice", "x" * 30_000, NOW), NOW) == Typed("alice", "x" * LONGEST_TEXT, NOW)
    joined = checked(Joined(Participant("alice", "A" * 60_000, "human")), NOW)
    assert joined == Joined(Participant("alice", "A" * LONGEST_NAME, "human"))


def test_half_a_character_is_replaced() -> None:
    """JSON can hold it, and nothing can send it on."""
    assert checked(Words("alice", "yes \ud800", final=True, at=NOW), NOW) == Words("alice", "yes ?", final=True, at=NOW)


def test_a_flood_of_one_takes_nothing_from_another(caplog: pytest.LogCaptureFixture) -> None:
    """Of 1,000 messages a few come in, and all of somebody else's; the log has one line."""
    door = Admission()
    flood = [door.admit(Typed("mallory", f"buy {number}", NOW), NOW) for number in range(1_000)]
    assert 0 < sum(event is not None for event in flood) <= 20
    assert door.admit(Typed("alice", "yes", NOW), NOW)
    assert len(caplog.messages) == 1
    assert "buy" not in caplog.text


@pytest.mark.parametrize(
    "event",
    [
        Typed("mallory", "x" * LONGEST_TEXT, NOW),
        Keyed("mallory", "1", NOW),
        Words("mallory", "yes", final=False, at=NOW),
        Trouble("mallory", STTError("STT failed.")),
    ],
    ids=lambda event: type(event).__name__,
)
def test_whatever_is_sent_without_end_is_bounded(event: Event) -> None:
    """And whoever pauses may send again."""
    door = Admission()
    admitted = sum(door.admit(event, NOW) is not None for _ in range(2_000))
    assert admitted <= 500
    assert door.admit(event, NOW) is None
    later = NOW + 60
    assert checked(event, later) == door.admit(event, later)


@pytest.mark.parametrize("text", ["\u200b", "\u2060\ufeff", "\u00ad", "\u3164", "\u200d", " \t\n"])
def test_what_cannot_be_seen_is_no_message_and_no_words(text: str) -> None:
    """An ask would end with an empty reply, and the answer that follows would be lost."""
    assert checked(Typed("alice", text, NOW), NOW) is None
    assert checked(Words("alice", text, final=True, at=NOW), NOW) == Words("alice", "", final=True, at=NOW)


MUTED = Participant("alice", "Alice", "human", cannot_be_heard="muted")


@pytest.mark.parametrize(
    ("flood", "last"),
    [
        ([CallChanged(each, NOW) for each in (RINGS, CALLER)], CallChanged(CALLER, NOW)),
        ([MicrophoneChanged(each) for each in (MUTED, ALICE)], MicrophoneChanged(ALICE)),
    ],
    ids=["a call", "a microphone"],
)
def test_the_last_state_of_what_changes_too_often_is_heard_in_the_end(flood: list[Event], last: Event) -> None:
    """A phone that became active, or a microphone that was unmuted, after a thousand changes; and nothing else is."""
    door = Admission()
    heard = [event for event in flood * 500 if door.admit(event, NOW) is not None]
    assert len(heard) == CALLS.burst
    due_at = door.due_at(NOW)
    assert due_at is not None
    assert NOW < due_at <= NOW + 1
    assert door.due(NOW) == []
    assert door.due(due_at) == [last]
    assert door.due_at(due_at) is None
    assert door.due(NOW + 60) == []


def test_many_words_and_messages_cost_no_microphone_its_state() -> None:
    """Each has a share of its own."""
    door = Admission()
    for _ in range(2_000):
        door.admit(Words("alice", "yes", final=False, at=NOW), NOW)
        door.admit(Typed("alice", "yes", NOW), NOW)
    assert door.admit(MicrophoneChanged(MUTED), NOW)


def test_what_is_told_late_of_a_microphone_takes_nothing_back_of_a_call() -> None:
    """It was muted while the phone rang, and is told of when the phone has been picked up."""
    door = Admission()
    for _ in range(100):
        door.admit(MicrophoneChanged(RINGS), NOW)
    assert door.admit(CallChanged(CALLER, NOW), NOW)
    assert door.due(NOW + 1) == [MicrophoneChanged(CALLER)]


@pytest.mark.parametrize("event", [Left(CALLER), Joined(CALLER)], ids=["left", "joined"])
def test_nothing_older_is_told_of_somebody_who_came_or_went(event: Event) -> None:
    """Who left would ring again."""
    door = Admission()
    for _ in range(100):
        door.admit(CallChanged(RINGS, NOW), NOW)
    assert door.admit(event, NOW)
    assert door.due_at(NOW) is None


def test_of_a_crowd_that_changes_without_end_no_more_is_kept_than_one_state_of_each_kind() -> None:
    """However long it goes on."""
    states = LatestStates()
    for number in range(20_000):
        who = Participant(f"caller {number % 50}", "Caller", "phone", "active")
        states.take(CallChanged(who, NOW), NOW)
        states.take(MicrophoneChanged(who), NOW)
    assert len(states._kept) == 2 * 50


@pytest.mark.anyio
async def test_a_phone_that_became_active_in_a_flood_is_heard_of_though_nothing_else_happens() -> None:
    """Nobody sends anything more, and the question is spoken all the same."""
    send, receive = anyio.create_memory_object_stream[Event](1_000)
    async with send, receive, owned_tasks() as tasks:
        incoming = Incoming(send)
        tasks.start_soon(incoming.run)
        await settled()
        for _ in range(100):
            incoming.put(CallChanged(RINGS, time.monotonic()))
        incoming.put(CallChanged(CALLER, time.monotonic()))
        with anyio.fail_after(10):
            heard = [await receive.receive() for _ in range(int(CALLS.burst) + 1)]
        tasks.cancel_scope.cancel()
    assert isinstance(heard[-1], CallChanged)
    assert heard[-1].participant == CALLER


def test_nothing_is_told_or_kept_of_somebody_who_has_left() -> None:
    """A change that came after they had gone was kept, and told when they were no longer there."""
    door = Admission()
    door.admit(Joined(ALICE), NOW)
    for _ in range(100):
        door.admit(MicrophoneChanged(MUTED), NOW)
    door.admit(Left(ALICE), NOW)
    assert door.admit(MicrophoneChanged(MUTED), NOW) is None
    assert door.due_at(NOW) is None
    door.admit(Joined(ALICE), NOW)
    assert door.admit(MicrophoneChanged(MUTED), NOW + 60)


def test_those_who_left_are_not_known_for_ever() -> None:
    """A room may see thousands come and go."""
    states = LatestStates()
    for number in range(2_000):
        states.look_at(Left(replace(ALICE, identity=f"guest {number}")))
    assert len(states._gone) <= 500
