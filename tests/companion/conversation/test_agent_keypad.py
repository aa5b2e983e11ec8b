"""Keys of a phone as turns, and who may type and press how much."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest
from livekit import rtc

from mcp_voice.link import Typed
from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.conversation.keypad import MOST_KEYS, PAUSE_SECONDS, Keypad
from mcp_voice_agent.conversation.typed import EARLY_SECONDS, TURNS, Typing
from mcp_voice_agent.conversation.typed_turns import LONGEST_TURN, MOST_TURNS
from testkit.waiting import settled, until

SIP = rtc.ParticipantKind.PARTICIPANT_KIND_SIP
AGENT = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT


def pressed(keypad: Keypad, keys: str, identity: str = "phone") -> list[str]:
    """The turns that pressing keys ends at once."""
    return [words for key in keys if (words := keypad.press(identity, key, 0.0))]


def test_keys_are_collected_until_a_pause() -> None:
    """One turn, not one for each."""
    keypad = Keypad()
    assert pressed(keypad, "12") == []
    assert keypad.due(PAUSE_SECONDS - 0.1) == {}
    assert keypad.due_in(0.0) == PAUSE_SECONDS
    assert keypad.due(PAUSE_SECONDS) == {"phone": "pressed 12"}
    assert keypad.due(2 * PAUSE_SECONDS) == {}


def test_the_hash_key_ends_them_and_alone_is_a_key() -> None:
    """As callers know it."""
    assert pressed(Keypad(), "42#7#") == ["pressed 42", "pressed 7"]
    assert pressed(Keypad(), "#") == ["pressed #"]


def test_keys_of_two_phones_do_not_mix() -> None:
    """Each has a turn of its own."""
    keypad = Keypad()
    pressed(keypad, "1", "one")
    pressed(keypad, "2", "two")
    assert keypad.due(PAUSE_SECONDS) == {"one": "pressed 1", "two": "pressed 2"}


def test_what_is_no_key_is_left_out_and_a_turn_has_a_length() -> None:
    """A phone sends what it likes."""
    assert pressed(Keypad(), ["11", "", "x", "é"]) == []  # type: ignore[arg-type]  # keys of a stranger
    assert pressed(Keypad(), "1" * (MOST_KEYS + 1)) == ["pressed " + "1" * MOST_KEYS]


def someone(identity: str, kind: Any) -> Any:
    """A participant."""
    return SimpleNamespace(identity=identity, kind=kind)


async def taken(typing: Typing) -> list[tuple[str, str]]:
    """The turns that wait, if nobody is busy."""
    turns: list[tuple[str, str]] = []

    async def take(identity: str, words: str) -> None:
        turns.append((identity, words))

    async with owned_tasks() as tasks:
        tasks.start_soon(typing.take_all, take, lambda: ("", False))
        await settled()
        tasks.cancel_scope.cancel()
    return turns


@pytest.mark.anyio
async def test_humans_type_and_press_within_their_share_and_agents_nothing() -> None:
    """Another agent's chat is no turn, and a flood of one human's leaves the others theirs."""
    people = [
        someone("phone", SIP),
        someone("robot", AGENT),
        someone("alice", rtc.ParticipantKind.Value("PARTICIPANT_KIND_STANDARD")),
        someone("bob", rtc.ParticipantKind.Value("PARTICIPANT_KIND_STANDARD")),
    ]
    room: Any = SimpleNamespace(remote_participants={each.identity: each for each in people})
    async with owned_tasks() as tasks:
        typing = Typing(room, tasks)
        typing.on_message(Typed("robot", "I am a robot", 0.0))
        typing.on_message(Typed("gone", "I have left", 0.0))
        typing.on_message(Typed("alice", " \u200b ", 0.0))
        for number in range(50):
            typing.on_message(Typed("alice", f"{number} {'x' * 5000}", 0.0))
        for each in (people[0], people[1], None):
            typing.on_key(rtc.SipDTMF(code=1, digit="#", participant=each))
        turns = await taken(typing)
        assert [who for who, _ in turns] == ["alice", "phone", *["alice"] * (MOST_TURNS - 1)]
        assert {len(words) for who, words in turns if who == "alice"} == {LONGEST_TURN}
        for number in range(50):
            typing.on_message(Typed("bob", f"{number}", 0.0))
        assert [words.split() for _, words in await taken(typing)] == [[str(each) for each in range(int(TURNS.burst))]]


@pytest.mark.anyio
async def test_what_somebody_writes_before_livekit_shows_them_is_their_turn_once_it_does() -> None:
    """Of a human; not of an agent, nor long after."""
    room: Any = SimpleNamespace(remote_participants={})
    async with owned_tasks() as tasks:
        typing = Typing(room, tasks)
        now = time.monotonic()
        for identity, at in (("phone", now), ("robot", now), ("late", now - EARLY_SECONDS)):
            typing.on_message(Typed(identity, "hello", at))
        for each in (someone("phone", SIP), someone("robot", AGENT), someone("late", SIP)):
            room.remote_participants[each.identity] = each
            typing.on_arrival(each)
            typing.on_arrival(each)
        turns = await taken(typing)
    assert turns == [("phone", "hello")]


@pytest.mark.anyio
async def test_what_somebody_wrote_or_pressed_just_before_they_left_is_their_turn() -> None:
    """A message may be whole, and the pause after a key over, only then; of an agent it is none, nor long after."""
    people = [someone("phone", SIP), someone("tab", SIP), someone("robot", AGENT)]
    room: Any = SimpleNamespace(remote_participants={each.identity: each for each in people})
    async with owned_tasks() as tasks:
        typing = Typing(room, tasks)
        tasks.start_soon(typing.end_pauses)
        typing.on_key(rtc.SipDTMF(code=1, digit="2", participant=people[0]))
        for each in people:
            del room.remote_participants[each.identity]
            typing.on_leaving(each)
            typing.on_message(Typed(each.identity, "bye", time.monotonic()))
        await until(lambda: "pressed" in str(typing._turns), limit=5.0)
        turns = await taken(typing)
        tasks.cancel_scope.cancel()
    assert turns == [("phone", "bye\npressed 2"), ("tab", "bye")]
