"""The rooms that a process remembers, of which there are only so many: what nobody has read goes last."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from mcp_voice.asks import seats
from mcp_voice.settings import load
from mcp_voice.turns.transcript import Reply
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, FakeEngine
from testkit.opened import seats_of

pytestmark = pytest.mark.anyio

MOST = 3


@pytest.fixture
async def voice(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Voice]:
    """One that remembers three rooms."""
    monkeypatch.setattr(seats, "SEATS_KEPT", MOST)
    async with voice_with(load(_env_file=None), FakeEngine()) as opened:
        yield opened


def enter(voice: Voice, *room_names: str) -> None:
    """Have a seat in each of these rooms, one after the other."""
    for room_name in room_names:
        seats_of(voice).seat(room_name, name="Claude")


def remembered(voice: Voice, *room_names: str) -> list[str]:
    """Those of the rooms of which something is known."""
    return [room_name for room_name in room_names if seats_of(voice).known(room_name) is not None]


async def test_the_room_that_was_used_longest_ago_is_forgotten_first(voice: Voice) -> None:
    """One in which something is asked every day is not the one to forget because it was the first."""
    enter(voice, "daily", "old", "new", "daily", "another")
    assert remembered(voice, "daily", "old", "new", "another") == ["daily", "new", "another"]


async def test_a_room_in_which_something_was_said_that_nobody_has_read_is_forgotten_last(voice: Voice) -> None:
    """Somebody went on after their answer; then many other rooms were asked in."""
    enter(voice, "kitchen")
    now = time.monotonic()
    seats_of(voice).seat("kitchen", name="").transcript.keep(
        Reply(ALICE, "And not on a Friday.", "speech", now, now, now)
    )
    enter(voice, "a", "b", "c", "d")
    assert remembered(voice, "kitchen", "a", "b", "c", "d") == ["kitchen", "c", "d"]


async def test_no_more_rooms_are_kept_though_something_was_said_in_each(voice: Voice) -> None:
    """It is bounded all the same."""
    now = time.monotonic()
    for room_name in ("a", "b", "c", "d"):
        enter(voice, room_name)
        seats_of(voice).seat(room_name, name="").transcript.keep(Reply(ALICE, "Yes.", "speech", now, now, now))
    assert remembered(voice, "a", "b", "c", "d") == ["b", "c", "d"]
