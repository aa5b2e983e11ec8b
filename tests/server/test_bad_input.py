"""What cannot be done is refused in a sentence with the next step: nothing is spoken, nothing sent, nothing lost."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from mcp.types import TextContent

from mcp_voice.error_codes import CODES
from mcp_voice.people.human import Human
from testkit.host import Host
from testkit.rig import LIMIT, Rig, after_the_question, ours, voice_of

pytestmark = pytest.mark.anyio

HUGE = "word " * 40_000
UNSPEAKABLE = {
    "empty": "",
    "blank": " \n\t ",
    "one too long": "a" * 2001,
    "200 kB": HUGE,
    "a bell": "Ready?\x07",
    "an escape sequence": "\x1b[31mReady?",
    "a null": "Re\x00ady?",
    "no words": "?!…",
    "emoji alone": "🎉 🚀",
    "marks alone": "** **\n---",
}
LONG_NAME = "x" * 50_000


async def refused(host: Host, tool: str, **arguments: Any) -> str:
    """The text that a model gets, which must be a sentence or a few in plain words; a program gets a code."""
    result = await host.client.call_tool(tool, arguments)
    assert result.is_error, result
    assert (result.meta or {}).get("mcp-voice/code") in CODES, result
    (content,) = result.content
    assert isinstance(content, TextContent)
    text = content.text
    assert "\n" not in text
    assert text.endswith(".")
    assert len(text) < 700
    for noise in ("pydantic", "Traceback", "Error executing", "validation error"):
        assert noise not in text
    return text


@pytest.fixture(scope="module")
async def watcher(rig: Rig) -> AsyncIterator[Human]:
    """Somebody in a room in which nothing may happen."""
    async with rig.person(f"watched-{uuid.uuid4().hex[:6]}", "wanda") as person:
        yield person


@pytest.fixture
def untouched(rig: Rig, watcher: Human) -> Iterator[str]:
    """The watched room: no synthesis may begin, nobody join, no sound or message come."""
    before = len(rig.speech.speech.asked)
    yield watcher.connection.name
    assert len(rig.speech.speech.asked) == before
    assert not ours(watcher)
    assert not watcher.heard.sounds
    assert not watcher.packets.all
    assert not watcher.chat.all


@pytest.mark.parametrize("text", UNSPEAKABLE.values(), ids=UNSPEAKABLE.keys())
@pytest.mark.parametrize(("tool", "argument"), [("ask_in_room", "question"), ("say_in_room", "message")])
async def test_what_cannot_be_spoken_is_refused(
    tool: str, argument: str, text: str, host: Host, untouched: str
) -> None:
    """The provider would speak something else, nothing, or for minutes."""
    said = await refused(host, tool, room_name=untouched, **{argument: text})
    assert said.startswith(f"The {argument} ")


async def test_two_thousand_characters_may_be_asked(host: Host, room: str, alice: Human) -> None:
    """The limit itself is allowed, also with blanks around it."""
    answer = await host.ask(" " + "a" * 1999 + "? ", room_name=room, wait_seconds=0)
    assert answer.status == "pending"
    assert (await host.cancel(answer.ask_id)).status == "cancelled"
    assert await alice.hears_silence(limit=LIMIT)


async def test_young_emoji_may_be_asked(host: Host, room: str, alice: Human) -> None:
    """Characters that are younger than this Python's tables are not control characters; voices leave them out."""
    answer = await host.ask("Shall we shake it \U0001fae8 \U0001faea?", room_name=room, wait_seconds=0)
    assert answer.status == "pending"
    assert (await host.cancel(answer.ask_id)).status == "cancelled"
    assert await alice.hears_silence(limit=LIMIT)


@pytest.mark.parametrize(
    ("choices", "why"),
    [
        ([f"choice {number}" for number in range(31)], "31 choices and 30 are allowed"),
        (["yes", ""], "A choice is empty"),
        (["yes", "  "], "A choice is empty"),
        (["x" * 101], "longer than 100 characters"),
        (["a\x00b"], "control characters"),
        (["Yes", " yes "], "Two choices are the same"),
    ],
)
async def test_choices_that_cannot_be_told_apart_are_refused(
    choices: list[str], why: str, host: Host, untouched: str
) -> None:
    """Nobody could answer with one of them."""
    assert why in await refused(host, "ask_in_room", question="Which?", room_name=untouched, choices=choices)


@pytest.mark.parametrize("seconds", [-1, -0.001, 3600.5, 1e300])
@pytest.mark.parametrize("tool", ["ask_in_room", "wait_for_reply", "listen_in_room", "say_in_room"])
async def test_a_wait_out_of_range_is_refused(tool: str, seconds: float, host: Host, untouched: str) -> None:
    """Before anybody looks whether the ask or the room exists."""
    arguments = {
        "ask_in_room": {"question": "Ready?", "room_name": untouched},
        "wait_for_reply": {"ask_id": "ask-1"},
        "listen_in_room": {"room_name": untouched},
        "say_in_room": {"message": "Dinner.", "room_name": untouched},
    }[tool]
    text = await refused(host, tool, wait_seconds=seconds, **arguments)
    assert f"wait_seconds is {float(seconds):,.10g} and must be from 0 to 3,600" in text


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"question": 5}, "question: "),
        ({}, "question: is missing"),
        ({"question": "Ready?", "choices": "yes or no"}, "choices: "),
        ({"question": "Ready?", "choices": [["yes"]]}, "choices.0: "),
        ({"question": "null"}, "question: is missing"),
        ({"question": "Ready?", "wait_seconds": "long"}, "wait_seconds: "),
        ({"question": "Ready?", "wait_seconds": True}, "wait_seconds: must be a number"),
        ({"question": ["Ready?"], "room_name": None}, "question: "),
        ({"question": "Ready?", "room_name": {"name": "standup"}}, "room_name: "),
    ],
)
async def test_wrong_types_are_named_by_argument(
    arguments: dict[str, Any], why: str, host: Host, untouched: str
) -> None:
    """The SDK's own text is a page of pydantic."""
    assert why in await refused(host, "ask_in_room", **arguments)


async def test_an_unknown_argument_is_refused_with_those_there_are(host: Host, untouched: str) -> None:
    """Passed over in silence, `room` instead of `room_name` would make us speak in another room."""
    text = await refused(host, "ask_in_room", question="Ready?", room=untouched)
    assert "no argument 'room'; use room_name" in text
    assert "question, room_name, participant, choices, wait_seconds" in text


async def test_a_call_filled_in_by_a_host_asks_as_it_was_meant(host: Host, room: str, alice: Human) -> None:
    """Nulls in every form, numbers as choices, and a host's own ids change nothing of what is asked."""
    filled: dict[str, Any] = {"participant": "null", "wait_seconds": "0", "choices": [1, 2.5, True], "topic": None}
    own = {"toolCallId": "call_1", "sessionId": "s1", "_sessionID": "s1", "action": "sendMessage", "chatInput": "Ask."}
    result = await host.client.call_tool("ask_in_room", {"question": "Which?", "room_name": room, **filled, **own})
    assert result.structured_content is not None, result
    assert result.structured_content["status"] == "pending"
    ask_id = result.structured_content["ask_id"]
    await alice.hears_sound(limit=LIMIT)
    await alice.hears_silence(quiet=0.4, limit=LIMIT)
    await alice.type("true")
    waited = await host.client.call_tool("wait_for_reply", {"ask_id": ask_id, "wait_seconds": "", **own})
    assert waited.structured_content is not None, waited
    assert (waited.structured_content["reply"], waited.structured_content["choice"]) == ("true", "true")
    assert "heard_so_far" not in waited.structured_content
    for returned in (result, waited):
        (text,) = returned.content
        assert isinstance(text, TextContent)
        assert json.loads(text.text) == returned.structured_content
        assert "null" not in text.text


async def test_a_message_to_nobody_by_name_goes_to_all(host: Host, room: str, alice: Human) -> None:
    """`participants: ["null"]` is a host's way to leave the argument out; we ourselves, in the room, are not named."""
    assert (await host.listen(room, wait_seconds=0.5)).status == "pending"
    (own,) = ours(alice)
    # The client is the SDK's own, which calls itself "mcp".
    assert own.name == "mcp-voice"
    sent = await host.client.call_tool(
        "send_message_to_room",
        {"message": "Hello.", "room_name": room, "participants": ["null"], "topic": "undefined", "as_chat": "null"},
    )
    assert sent.structured_content is not None, sent
    assert sent.structured_content["sent_to"] == ["alice"]
    packet = await alice.packets.next(limit=LIMIT)
    assert packet.topic == ""
    written = await host.client.call_tool(
        "send_message_to_room", {"message": "Hello.", "room_name": room, "as_chat": True}
    )
    assert written.structured_content is not None, written
    assert written.structured_content["sent_to"] == ["alice"]
    text = await refused(host, "send_message_to_room", message="Hello.", room_name=room, participants=[own.identity])
    assert "is mcp-voice itself. Nothing was sent." in text


async def test_an_unknown_tool_is_refused_with_those_there_are(host: Host) -> None:
    """Models make names up."""
    text = await refused(host, "ask_human", question="Ready?")
    assert "Unknown tool 'ask_human'" in text
    assert "ask_in_room" in text


@pytest.mark.parametrize("tool", ["wait_for_reply", "cancel_ask"])
async def test_an_unknown_ask_is_refused_with_those_that_are_kept(
    tool: str, host: Host, room: str, alice: Human
) -> None:
    """And the ask that is kept is none the worse for it."""
    kept = await host.ask("Shall we begin?", room_name=room, wait_seconds=0)
    text = await refused(host, tool, ask_id="ask-nonsense")
    assert "'ask-nonsense'" in text
    assert kept.ask_id in text
    assert len(await refused(host, tool, ask_id=LONG_NAME)) < 700
    await after_the_question(alice, voice_of("yes please go ahead"))
    assert (await host.wait(kept.ask_id)).reply == "yes please go ahead"
