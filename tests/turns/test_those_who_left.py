"""People come and go, and thousands may in one room: of those who left nothing stays that costs anything."""

from __future__ import annotations

import time
from dataclasses import replace

import anyio
import pytest

from mcp_voice.link import Hint, Joined, Left, SegmentRead, SpeechStarted, SpeechStopped, Typed, Words
from mcp_voice.turns.listener import Listener
from testkit.fake_link import ALICE, FakeLink
from testkit.waiting import until
from tests.turns.conftest import QUICK
from tests.turns.test_listener import LIMIT, kept, says

pytestmark = pytest.mark.anyio


async def test_of_thousands_who_came_spoke_and_left_nothing_is_looked_at_any_more(
    link: FakeLink, listener: Listener
) -> None:
    """An empty turn stayed of each, and with every event all of them were looked at."""
    for number in range(30):
        guest = replace(ALICE, identity=f"guest {number}")
        now = time.monotonic()
        link.hear(
            Joined(guest),
            Hint(guest.identity, likely=True),
            SpeechStopped(guest.identity, now),
            SegmentRead(guest.identity, now),
        )
        says(link, guest.identity, f"I am number {number}.")
        link.hear(Left(guest), Words(guest.identity, "", final=True, at=now), SegmentRead(guest.identity, now))
        await kept(listener, 1)
        listener.transcript.unclaimed.clear()
    await until(lambda: not listener.turns.all(), limit=LIMIT)


async def test_what_a_recogniser_may_still_say_of_a_turn_is_forgotten_in_time(
    link: FakeLink, listener: Listener
) -> None:
    """It was kept until that human said something else, who may have left."""
    listener.patience = listener.turns.patience = replace(QUICK, unconfirmed=0.05, late_words=0.2)
    now = time.monotonic()
    link.hear(SpeechStarted("alice", now), Words("alice", "the second", final=False, at=now))
    link.hear(SpeechStopped("alice", now), Left(ALICE))
    await kept(listener)
    await until(listener.turns.all, limit=LIMIT)
    await anyio.sleep(0.3)
    link.hear(Typed("bob", "yes", time.monotonic()))
    await until(lambda: not listener.turns.all(), limit=LIMIT)


async def test_whoever_leaves_while_words_of_their_last_turn_may_still_come_takes_no_farewell(
    link: FakeLink, listener: Listener
) -> None:
    """It was due for ever: a core was busy with it, and no question that was open ended by their absence."""
    listener.patience = listener.turns.patience = replace(QUICK, unconfirmed=0.05, late_words=60.0)
    now = time.monotonic()
    link.hear(SpeechStarted("alice", now), Words("alice", "the second", final=False, at=now))
    link.hear(SpeechStopped("alice", now))
    await kept(listener)
    await until(listener.turns.all, limit=LIMIT)
    link.hear(Left(ALICE))
    await until(lambda: not listener.presence.is_here("alice") and not listener.turns.all(), limit=LIMIT)
    assert list(listener.presence.dues(watch_absence=True)) == []
