"""Calls of a server with workers that do not wait: each returns as soon as there is something to tell."""

from __future__ import annotations

import anyio
import pytest

from mcp_voice.errors import LiveKitError, NobodyThere
from mcp_voice.progress import unreported
from mcp_voice.requests.answers import answer_of, pending_listening
from mcp_voice.requests.errands import Errands
from mcp_voice.requests.following import Follower
from mcp_voice.results import Answer
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Place
from mcp_voice.tasks import owned_tasks
from mcp_voice.workers.carriers import DispatchCarriers
from testkit.fake_dispatching import FakeDispatching
from testkit.stores import an_ask

pytestmark = pytest.mark.anyio

LIMIT = 15.0


class Replica:
    """A server, what it asks of LiveKit, and their store."""

    def __init__(self) -> None:
        self.livekit = FakeDispatching()
        self.store = MemoryStore()
        self.carriers = DispatchCarriers(self.store, self._dispatching)

    async def _dispatching(self) -> FakeDispatching:
        return self.livekit

    async def asked(self, *, stays: bool) -> Answer:
        """What a call that does not want to wait returns of a question that nobody carries out."""
        state = await self.store.open(an_ask())
        follower = Follower(self.store, self.carriers, state, let_go=anyio.Event())
        with anyio.fail_after(LIMIT):
            await follower.follow(0, unreported, stays=stays)
        return answer_of(follower, self.carriers)


@pytest.fixture
def replica(monkeypatch: pytest.MonkeyPatch) -> Replica:
    """Whose calls would wait for longer than this test does."""
    for name in ("UNDER_WAY_SECONDS", "REPORT_SECONDS"):
        monkeypatch.setattr(f"mcp_voice.requests.following.{name}", 4 * LIMIT)
    return Replica()


@pytest.mark.parametrize("stays", [True, False], ids=["ask_in_room", "wait_for_reply"])
async def test_where_nobody_is_a_call_that_does_not_wait_returns_at_once(replica: Replica, *, stays: bool) -> None:
    """It returned after 30 s, with a link that whoever is to come could have had at once."""
    replica.livekit.room, replica.livekit.is_alone = "", True
    answer = await replica.asked(stays=stays)
    assert (answer.status, answer.waiting_for) == ("pending", "human")
    assert answer.ask_id in answer.next


async def test_a_second_call_returns_by_what_the_first_one_has_found(replica: Replica) -> None:
    """Its own look is not due yet."""
    replica.livekit.room, replica.livekit.is_alone = "", True
    await replica.asked(stays=True)
    assert (await replica.asked(stays=False)).waiting_for == "human"


async def test_a_look_that_takes_a_moment_is_enough(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a line to show by then, which is shown for seconds."""
    replica.livekit.room, replica.livekit.is_alone = "", True
    _slow(replica, monkeypatch)
    assert (await replica.asked(stays=True)).waiting_for == "human"


async def test_who_has_come_meanwhile_is_not_told_as_missing(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    """While somebody looks, others wait for what that finds."""
    monkeypatch.setattr("mcp_voice.workers.carriers.LOOK_SECONDS", 0.0)
    place = await _found_empty(replica)
    replica.livekit.room, replica.livekit.is_alone = "RM_1", False
    _slow(replica, monkeypatch)
    monkeypatch.setattr("mcp_voice.workers.carriers.LOOK_SECONDS", 60.0)
    replica.carriers._watched[place].looked_at = 0.0
    async with owned_tasks() as tasks:
        for _ in range(2):
            tasks.start_soon(_not_alone, replica, place)


async def _not_alone(replica: Replica, place: Place) -> None:
    await replica.carriers.see_to(place, name="Claude")
    assert replica.carriers.told(place, ask_id="ask-1").waiting_for is None


async def test_a_livekit_that_cannot_be_asked_tells_of_nobody(
    replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may be there by now."""
    monkeypatch.setattr("mcp_voice.workers.carriers.LOOK_SECONDS", 0.0)
    place = await _found_empty(replica)
    replica.livekit.error = LiveKitError("It does not answer.", fix="Wait.")
    await replica.carriers.see_to(place, name="Claude")
    assert replica.carriers.told(place, ask_id="ask-1").waiting_for is None


async def _found_empty(replica: Replica) -> Place:
    place = Place("ops", "kitchen")
    replica.livekit.room, replica.livekit.is_alone = "", True
    await replica.carriers.see_to(place, name="Claude")
    assert replica.carriers.told(place, ask_id="ask-1").waiting_for == "human"
    return place


def _slow(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    """LiveKit takes half a second to answer."""
    room_id = replica.livekit.room_id

    async def later(name: str) -> str:
        await anyio.sleep(0.5)
        return await room_id(name)

    monkeypatch.setattr(replica.livekit, "room_id", later)


async def test_where_no_worker_comes_a_call_for_what_there_is_says_so(replica: Replica) -> None:
    """It returned after 30 s."""
    replica.livekit.takes = False
    assert "no-worker" in (await replica.asked(stays=False)).next


async def test_where_nobody_is_that_is_why_nothing_was_said_or_heard(replica: Replica) -> None:
    """It was put down to workers ("no process did it in time", `no-worker`)."""
    place = Place("ops", "kitchen")
    replica.livekit.room, replica.livekit.is_alone = "", True
    await replica.carriers.see_to(place, name="Claude")
    failed = Errands(replica.store, replica.carriers, "ops", let_go=anyio.Event()).not_done(
        "Nothing was said", place.room_name
    )
    assert isinstance(failed, NobodyThere)
    assert failed.what == "Nothing was said: nobody is in room 'kitchen'."
    heard = pending_listening(replica.carriers.told(place, ask_id=""), place.room_name)
    assert heard.waiting_for == "human"
    assert heard.next.startswith("Nobody is in room 'kitchen'. ")
