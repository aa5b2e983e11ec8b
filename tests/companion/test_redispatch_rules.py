"""When another companion is sent, and what becomes of a room when a call fails in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from livekit import api

from mcp_voice.settings import load
from mcp_voice_agent.dispatches import Dispatches
from mcp_voice_agent.redispatch import Ours, _Redispatch
from mcp_voice_agent.server import CompanionServer
from mcp_voice_agent.settings import AgentSettings
from testkit.fake_livekit_api import ROOM, SID, FakeLiveKitApi, agent, human

pytestmark = pytest.mark.anyio

NAME = "helper"
ASKED = api.CreateAgentDispatchRequest(agent_name=NAME, room=ROOM, metadata="theirs")
LOOK = 2.0


@dataclass
class Worker:
    """One that looks at the rooms every 2 s of a clock of its own."""

    server: FakeLiveKitApi
    now: float = 1000.0
    free: bool = True
    jobs: list[Any] = field(default_factory=list)
    sent: int = 0
    waiting_rooms: int = 0

    def __post_init__(self) -> None:
        """It has just begun."""
        ours = Ours(jobs=lambda: self.jobs, takes_rooms=lambda: self.free)
        dispatches = Dispatches(cast("api.LiveKitAPI", self.server), NAME)
        self._redispatch = _Redispatch(dispatches, ours, self, clock=lambda: self.now, pace_seconds=0)

    def sent_again(self) -> None:
        """A figure."""
        self.sent += 1

    def waiting(self, rooms: int) -> None:
        """Another one."""
        self.waiting_rooms = rooms

    async def looks(self, seconds: float) -> None:
        """Look for so long."""
        end = self.now + seconds
        while self.now < end:
            self.now += LOOK
            try:
                await self._redispatch._look(whole=True)
            except (api.ServerError, TimeoutError):
                continue

    async def loses(self, job: Any, identity: str) -> None:
        """The process of one of its jobs has died."""
        await self._redispatch._replace(identity, job)


@pytest.fixture
def server() -> FakeLiveKitApi:
    """A room with a human that asks for a companion, whom a worker took."""
    server = FakeLiveKitApi()
    server.people = [human()]
    server.asked_for(ASKED)
    return server


def comes(server: FakeLiveKitApi, number: int = 1) -> None:
    """The companion of a dispatch is in the room."""
    server.people.append(agent(f"agent-AJ_{number}", agent_name=NAME))


def goes(server: FakeLiveKitApi) -> None:
    """No companion is in the room any more."""
    server.people = [human()]


def ids(server: FakeLiveKitApi) -> list[str]:
    """Of the dispatches in the room."""
    return [each.id for each in server.dispatches]


def job(dispatch: str) -> Any:
    """What a worker knows of one of its jobs."""
    return SimpleNamespace(job=SimpleNamespace(dispatch_id=dispatch, room=SimpleNamespace(name=ROOM, sid=SID)))


async def test_a_companion_that_was_there_for_a_while_is_replaced_when_it_was_missed_twice(
    server: FakeLiveKitApi,
) -> None:
    """Whatever the server's clock says, which is a day behind ours here."""
    worker = Worker(server)
    comes(server)
    await worker.looks(30)
    goes(server)
    await worker.looks(LOOK)
    assert ids(server) == ["AD_1"]
    await worker.looks(LOOK)
    assert ids(server) == ["AD_2"]
    assert worker.sent == 1


async def test_a_companion_that_dies_whenever_it_comes_is_not_sent_more_often_than_every_20_s(
    server: FakeLiveKitApi,
) -> None:
    """It would be a flood of processes, and of greetings."""
    worker = Worker(server)
    for _ in range(30):
        comes(server)
        await worker.looks(LOOK)
        goes(server)
        await worker.looks(2 * LOOK)
    # In 180 s.
    assert 6 <= worker.sent <= 9


async def test_a_companion_that_may_be_on_its_way_is_waited_for(server: FakeLiveKitApi) -> None:
    """A worker took the room; a machine that is too busy is not helped by two."""
    worker = Worker(server)
    await worker.looks(50)
    assert worker.sent == 0
    await worker.looks(20)
    assert worker.sent == 1


async def test_a_room_that_no_worker_took_is_sent_again_as_soon_as_one_has_capacity() -> None:
    """LiveKit's server drops it and never tries again; meanwhile it is counted after 5 s."""
    server = FakeLiveKitApi()
    server.people = [human()]
    worker = Worker(server, free=False)
    server.takes = lambda: worker.free
    server.asked_for(ASKED)
    await worker.looks(4)
    assert worker.waiting_rooms == 0
    await worker.looks(4)
    assert worker.waiting_rooms == 1
    await worker.looks(300)
    assert (worker.sent, worker.waiting_rooms, ids(server)) == (0, 1, ["AD_1"])
    worker.free = True
    await worker.looks(LOOK)
    assert (worker.sent, ids(server)) == (1, ["AD_2"])
    comes(server, 2)
    await worker.looks(LOOK)
    assert worker.waiting_rooms == 0


async def test_a_human_is_counted_from_the_first_look_at_them_however_often_a_companion_is_sent() -> None:
    """A new dispatch that nobody takes serves nobody."""
    server = FakeLiveKitApi()
    server.people = [human()]
    server.takes = lambda: False
    server.asked_for(ASKED)
    worker = Worker(server)
    await worker.looks(60)
    assert worker.waiting_rooms == 1
    assert 5 <= worker.sent <= 12


async def test_a_human_in_a_new_room_is_counted_before_livekit_counts_them() -> None:
    """LiveKit's server says up to 5 s late how many are in a room."""
    server = FakeLiveKitApi()
    server.people = [human()]
    server.takes = lambda: False
    server.counted = False
    server.asked_for(ASKED)
    worker = Worker(server, free=False)
    await worker.looks(8)
    assert worker.waiting_rooms == 1


async def test_a_room_that_asks_for_nobody_is_neither_counted_nor_served() -> None:
    """Or for somebody else's agent."""
    server = FakeLiveKitApi()
    server.people = [human()]
    server.asked_for(api.CreateAgentDispatchRequest(agent_name="another", room=ROOM))
    worker = Worker(server)
    await worker.looks(120)
    assert (worker.sent, worker.waiting_rooms) == (0, 0)


async def test_a_dispatch_that_says_never_restart_is_not_sent_again_once_it_was_taken() -> None:
    """Where no worker took it, nothing is restarted."""
    server = FakeLiveKitApi()
    server.people = [human()]
    asked = api.CreateAgentDispatchRequest(agent_name=NAME, room=ROOM, restart_policy=api.JobRestartPolicy.JRP_NEVER)
    server.takes = lambda: False
    server.asked_for(asked)
    worker = Worker(server)
    server.takes = lambda: True
    await worker.looks(10)
    assert ids(server) == ["AD_2"]
    comes(server, 2)
    await worker.looks(30)
    await worker.loses(job("AD_2"), "agent-AJ_2")
    await worker.looks(120)
    assert (worker.sent, ids(server)) == (1, ["AD_2"])


@pytest.mark.parametrize("call", ["create_dispatch", "delete_dispatch", "list_rooms", "list_dispatch"])
async def test_a_room_does_not_stay_silent_because_a_call_failed_while_a_companion_was_sent(
    server: FakeLiveKitApi, call: str
) -> None:
    """Neither for whoever tried, nor for another worker if that one dies of it: a dispatch is there all the while."""
    worker = Worker(server)
    comes(server)
    await worker.looks(30)
    goes(server)
    await worker.looks(LOOK)
    server.failing = {call: api.ServerError("unavailable", "", status=503)}
    await worker.looks(LOOK)
    assert server.dispatches
    server.failing = {}
    other = Worker(server)
    await other.looks(100)
    assert server.dispatches[-1].id != "AD_1"


async def test_a_companion_whose_process_died_is_sent_again_later_if_it_cannot_be_at_once(
    server: FakeLiveKitApi,
) -> None:
    """Its participant has been removed by then."""
    worker = Worker(server)
    comes(server)
    await worker.looks(30)
    server.failing = {"create_dispatch": TimeoutError()}
    with pytest.raises(TimeoutError):
        await worker.loses(job("AD_1"), "agent-AJ_1")
    assert server.removed == ["agent-AJ_1"]
    assert ids(server) == ["AD_1"]
    server.failing = {}
    await worker.looks(2 * LOOK)
    assert ids(server) == ["AD_2"]


def sends_first(server: FakeLiveKitApi) -> None:
    """Another worker is quicker."""
    server.dispatches = [each for each in server.dispatches if each.id != "AD_1"]
    server.asked_for(ASKED)


def takes_back(server: FakeLiveKitApi) -> None:
    """A moderator removed the companion, which takes its dispatch back."""
    server.dispatches = [each for each in server.dispatches if each.id != "AD_1"]


@pytest.mark.parametrize("call", ["list_dispatch", "create_dispatch", "delete_dispatch"])
@pytest.mark.parametrize(("meanwhile", "left"), [(sends_first, 1), (takes_back, 0)])
async def test_what_happens_to_a_dispatch_while_another_is_sent_decides(
    server: FakeLiveKitApi, call: str, meanwhile: Callable[[FakeLiveKitApi], None], left: int
) -> None:
    """Two workers never send two; and who was removed stays out, whichever worker has seen the room."""
    worker = Worker(server)
    comes(server)
    await worker.looks(30)
    goes(server)
    await worker.looks(LOOK)
    server.before[call] = lambda: meanwhile(server)
    await worker.looks(LOOK)
    assert len(server.dispatches) == left
    assert worker.sent == 0


async def test_dispatches_that_a_failure_left_behind_go_with_the_next_one(server: FakeLiveKitApi) -> None:
    """Else each would bring a companion back, once it is the newest."""
    server.asked_for(ASKED)
    worker = Worker(server)
    comes(server, 2)
    await worker.looks(30)
    goes(server)
    await worker.looks(2 * LOOK)
    assert ids(server) == ["AD_3"]


@pytest.mark.parametrize(
    ("url", "seconds", "looks"),
    [
        ("wss://acme-1x2y.livekit.cloud", 10.0, False),
        ("wss://acme.livekit.run", 10.0, False),
        ("wss://livekit.acme.example", 10.0, True),
        ("wss://livekit.cloud.acme.example", 10.0, True),
        ("ws://127.0.0.1:7880", 0.0, False),
    ],
)
def test_on_livekit_cloud_sending_another_companion_is_left_to_cloud(url: str, seconds: float, *, looks: bool) -> None:
    """It does so itself, and there would be two; elsewhere the setting decides."""
    settings = load(AgentSettings, _env_file=None, agent_relief_seconds=seconds)
    server = CompanionServer(settings, prewarm=lambda _: None)
    server.update_options(ws_url=url)
    assert server.looks_after_rooms is looks
