"""Calls of a server with workers that do not wait: each returns as soon as there is something to tell."""

from __future__ import annotations

import anyio
import pytest

from mcp_voice.errors import NobodyThere
from mcp_voice.progress import unreported
from mcp_voice.requests.answers import answer_of, pending_listening
from mcp_voice.requests.errands import Errands
from mcp_voice.requests.following import Follower
from mcp_voice.results import Answer
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Place
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
    monkeypatch.setattr("mcp_voice.requests.following.UNDER_WAY_SECONDS", 4 * LIMIT)
    return Replica()


@pytest.mark.parametrize("stays", [True, False], ids=["ask_in_room", "wait_for_reply"])
async def test_where_nobody_is_a_call_that_does_not_wait_returns_at_once(replica: Replica, *, stays: bool) -> None:
    """It returned after 30 s, with a link that whoever is to come could have had at once."""
    replica.livekit.room, replica.livekit.is_alone = "", True
    answer = await replica.asked(stays=stays)
    assert (answer.status, answer.waiting_for) == ("pending", "human")
    assert answer.ask_id in answer.next


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
