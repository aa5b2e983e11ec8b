"""``invite_to_room``: which room it leads to, what the result says, and what it keeps to itself."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from mcp_voice.asks.inviting import invite_to_room, valid
from mcp_voice.errors import BadInput, RoomForbidden, VoiceError
from mcp_voice.settings import Settings
from testkit.fake_page import FakePage

pytestmark = pytest.mark.anyio


def settings(**given: Any) -> Settings:
    """The defaults but for what is given."""
    return Settings.model_construct(**given)


async def test_a_link_leads_into_the_room_named_for_the_person_named() -> None:
    """Who wants to speak to them is told on the page."""
    page = FakePage()
    invited = await invite_to_room(page, settings(), room_name="standup", name="Ana", asker="Claude Code")
    assert page.made_for == [("standup", "Ana", "Claude Code")]
    assert (invited.room_name, invited.code, invited.valid_seconds) == ("standup", "00000-CDEFG", 600)
    assert invited.link == "http://127.0.0.1:7000/#00000-CDEFG"


@pytest.mark.parametrize(
    ("given", "room"), [({}, "voice"), ({"room": "lobby"}, "lobby"), ({"rooms": "v*"}, "voice")], ids=str
)
async def test_without_a_room_it_is_that_of_the_settings(given: dict[str, Any], room: str) -> None:
    """With one's own LiveKit as well."""
    page = FakePage()
    for server in ("", "wss://example.livekit.cloud"):
        assert (await invite_to_room(page, settings(livekit_url=server, **given))).room_name == room


@pytest.mark.parametrize(
    ("arguments", "given", "error", "said"),
    [
        ({"room_name": "board"}, {"rooms": "standup,team-*"}, RoomForbidden, "does not allow room 'board'"),
        ({}, {"rooms": "team-*"}, RoomForbidden, "does not allow room 'voice'"),
        ({"room_name": "  "}, {}, BadInput, "The room name"),
        ({"room_name": "stand\x1b[2Jup"}, {}, BadInput, "The room name"),
        ({"room_name": "standup", "name": "A" * 200}, {}, BadInput, "The name"),
        ({"room_name": "standup", "name": "Ana\u202e"}, {}, BadInput, "The name"),
    ],
    ids=["a room not allowed", "the usual room not allowed", "blank", "steers a terminal", "long", "turned"],
)
async def test_what_cannot_be_used_makes_no_link(
    arguments: dict[str, Any], given: dict[str, Any], error: type[VoiceError], said: str
) -> None:
    """One sentence says why."""
    page = FakePage()
    with pytest.raises(error, match=said):
        await invite_to_room(page, settings(**given), **arguments)
    assert page.made_for == []


@pytest.mark.parametrize(
    ("base", "where"),
    [
        ("http://127.0.0.1:8080", "on this machine only"),
        ("http://localhost:8080", "on this machine only"),
        ("http://[::1]:8080", "on this machine only"),
        ("http://192.0.2.7:8080", "wherever that address is reachable"),
        ("https://voice.example", "wherever that address is reachable"),
    ],
)
async def test_the_next_step_says_who_can_open_it_and_what_to_call(base: str, where: str) -> None:
    """A link of the loopback is of no use to somebody elsewhere."""
    invited = await invite_to_room(FakePage(base=base), settings(), room_name="standup")
    assert where in invited.next
    assert "within 10 minutes" in invited.next
    assert "ask_in_room with room_name 'standup'" in invited.next


async def test_the_link_reaches_no_log_and_no_repr(caplog: pytest.LogCaptureFixture) -> None:
    """It is the one secret that a result may hold."""
    caplog.set_level(logging.DEBUG)
    invited = await invite_to_room(FakePage(), settings())
    assert "CDEFG" not in f"{invited!r} {invited!s} {caplog.text} {invited.next}"


@pytest.mark.parametrize(("seconds", "told"), [(600, "10 minutes"), (60, "1 minute"), (59, "59 seconds")])
def test_how_long_it_is_valid_is_told_in_words(seconds: int, told: str) -> None:
    """As people say it."""
    assert valid(seconds) == told
