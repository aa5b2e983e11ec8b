"""When another companion is sent, and which rooms are counted as waiting for one."""

from __future__ import annotations

import pytest
from livekit import api

from mcp_voice.settings import load
from mcp_voice_agent.server import CompanionServer
from mcp_voice_agent.settings import AgentSettings
from testkit.fake_livekit_api import ROOM, FakeLiveKitApi, agent, human
from testkit.redispatching import ASKED, LOOK, NAME, Worker, comes, goes, ids, job, room_that_asks

pytestmark = pytest.mark.anyio


@pytest.fixture
def server() -> FakeLiveKitApi:
    """A room with a human that asks for a companion, whom a worker took."""
    return room_that_asks()


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


async def test_a_companion_of_our_own_that_is_out_of_its_room_is_replaced_though_its_process_runs(
    server: FakeLiveKitApi,
) -> None:
    """It alone may have lost LiveKit's server, and takes seconds to end, or hangs."""
    worker = Worker(server, jobs=[job("AD_1")])
    comes(server)
    await worker.looks(30)
    assert worker.sent == 0
    goes(server)
    await worker.looks(2 * LOOK)
    assert (worker.sent, ids(server)) == (1, ["AD_2"])


async def test_an_agent_that_livekit_did_not_send_is_no_companion(server: FakeLiveKitApi) -> None:
    """A note-taker of somebody's own may have no name, as the companion where none is set."""
    worker = Worker(server)
    comes(server)
    await worker.looks(30)
    server.people = [human(), agent("agent-notes", agent_name=NAME)]
    await worker.looks(2 * LOOK)
    assert ids(server) == ["AD_2"]


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
