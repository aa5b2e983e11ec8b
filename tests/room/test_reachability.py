"""By the packets of a microphone: whether somebody who falls silent is silent, or cannot be reached."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from mcp_voice.link import Event, Reachable, Unreachable
from mcp_voice.room import reachability
from mcp_voice.room.reachability import Reachability
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 5.0


class Track:
    """A track of which a packet came last ``age`` seconds ago, at first; then as the test says."""

    def __init__(self, age: float) -> None:
        self.came_at = time.time() - age
        self.fault: Exception | None = None

    async def get_stats(self) -> list[Any]:
        """As LiveKit's library gives them."""
        if self.fault is not None:
            raise self.fault
        inbound = SimpleNamespace(last_packet_received_timestamp=self.came_at * 1000)
        other = SimpleNamespace(WhichOneof=lambda _: "codec")
        return [
            other,
            SimpleNamespace(WhichOneof=lambda _: "inbound_rtp", inbound_rtp=SimpleNamespace(inbound=inbound)),
        ]


def microphone() -> tuple[Reachability, list[Event]]:
    """Alice's, and what is told of it."""
    told: list[Event] = []
    return Reachability("alice", told.append), told


async def silent(microphone: Reachability, track: Any) -> bool:
    """Voice activity ended 0.35 s ago."""
    return await microphone.falls_silent(track, time.monotonic() - 0.35)


async def test_silence_that_is_sent_is_silence() -> None:
    """Opus sends it on for 0.2 s before it begins to leave packets out."""
    alice, told = microphone()
    assert not await silent(alice, Track(0.15))
    assert not told


async def test_a_silence_of_which_nothing_came_is_a_break_until_something_comes() -> None:
    """LiveKit's library makes up the silence itself."""
    alice, told = microphone()
    track: Any = Track(0.45)
    assert await silent(alice, track)
    (broke,) = told
    assert isinstance(broke, Unreachable)
    assert broke.at == pytest.approx(time.monotonic() - 0.45, abs=0.2)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(alice.until_back, track)
        track.came_at = time.time()
        await until(lambda: len(told) == 2, limit=LIMIT)
    assert isinstance(told[1], Reachable)
    assert told[1].at > broke.at


@pytest.mark.parametrize("muted_before", [True, False])
async def test_a_muted_microphone_is_no_break(muted_before: bool) -> None:  # noqa: FBT001  # pytest gives it
    """Whoever presses a key to talk lets go of it with the last word; LiveKit's word of it may come later."""
    alice, told = microphone()
    if muted_before:
        alice.mute(muted=True)
    assert await silent(alice, Track(0.45)) is not muted_before
    alice.mute(muted=True)
    assert [type(each) for each in told] == ([] if muted_before else [Unreachable, Reachable])
    assert len({each.at for each in told if isinstance(each, Unreachable | Reachable)}) <= 1


async def test_who_stays_though_nothing_comes_sends_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """LiveKit's server would have told that they are gone; from then on their silence is an end."""
    monkeypatch.setattr(reachability, "GONE_SECONDS", 0.3)
    alice, told = microphone()
    track: Any = Track(0.45)
    assert await silent(alice, track)
    await alice.until_back(track)
    broke, whole = told
    assert isinstance(broke, Unreachable)
    assert whole == Reachable("alice", broke.at)
    assert not await silent(alice, track)


async def test_a_track_that_ends_is_waited_for_no_longer() -> None:
    """They come by another one, or have gone."""
    alice, told = microphone()
    track: Any = Track(0.45)
    assert await silent(alice, track)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(alice.until_back, track)
        alice.ended()
    assert [type(each) for each in told] == [Unreachable, Reachable]
    assert not await silent(alice, track)


async def test_a_track_that_ends_while_it_is_looked_at_is_no_break() -> None:
    """Nobody would ever tell that it is over."""
    alice, told = microphone()
    track: Any = Track(0.45)
    stats = track.get_stats

    async def get_stats() -> list[Any]:
        alice.ended()
        found: list[Any] = await stats()
        return found

    track.get_stats = get_stats
    assert not await silent(alice, track)
    assert not told


async def test_nothing_is_claimed_where_the_library_tells_nothing() -> None:
    """An answer is taken as it is."""
    alice, told = microphone()
    for track in (Track(time.time()), Track(0.45)):
        track.fault = RuntimeError("no stats") if track.came_at else None
        assert not await silent(alice, track)
    assert not told
