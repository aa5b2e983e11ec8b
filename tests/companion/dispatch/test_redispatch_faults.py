"""What becomes of a room when a call fails, or somebody else is quicker, while another companion is sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from livekit import api

from testkit.fake_livekit_api import FakeLiveKitApi
from testkit.redispatching import ASKED, LOOK, Worker, comes, goes, ids, job, room_that_asks

pytestmark = pytest.mark.anyio


@pytest.fixture
def server() -> FakeLiveKitApi:
    """A room with a human that asks for a companion, whom a worker took."""
    return room_that_asks()


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
