"""Who leaves when two companions are in one room, and who takes their dispatch back when somebody removed them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import anyio
import pytest
from livekit import api, rtc
from livekit.agents import JobContext
from livekit.agents.types import ATTRIBUTE_AGENT_NAME

from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.dispatch import fencing, removal
from mcp_voice_agent.dispatch.fencing import Fence
from mcp_voice_agent.dispatch.removal import Removal, hear_why
from testkit.fake_livekit_api import ROOM, SID, FakeLiveKitApi, agent, human
from testkit.waiting import settled, until

pytestmark = pytest.mark.anyio

NAME = "helper"
ASKED = api.CreateAgentDispatchRequest(agent_name=NAME, room=ROOM)
REMOVED = rtc.DisconnectReason.PARTICIPANT_REMOVED


class Job:
    """A companion's job, as far as it looks after its place in a room."""

    def __init__(self, server: FakeLiveKitApi, dispatch: str, number: str = "") -> None:
        self.api = server
        number = number or dispatch.removeprefix("AD_")
        room = SimpleNamespace(name=ROOM, sid=SID)
        self.job = SimpleNamespace(agent_name=NAME, dispatch_id=dispatch, id=f"AJ_{number}", room=room)
        self.room = self
        self.local_participant = SimpleNamespace(identity=f"agent-AJ_{number}")
        self.remote_participants: dict[str, Any] = {}
        self.connection_state = rtc.ConnectionState.CONN_CONNECTED
        self._handlers: dict[str, list[Callable[..., None]]] = {}

    def on(self, event: str, handler: Callable[..., None]) -> None:
        """As ``rtc.Room`` does."""
        self._handlers.setdefault(event, []).append(handler)

    def happens(self, event: str, *given: Any) -> None:
        """An event of the room."""
        for handler in self._handlers.get(event, []):
            handler(*given)

    def comes(self, identity: str, *, agent_name: str = NAME) -> None:
        """Another agent joins."""
        one = SimpleNamespace(
            identity=identity,
            kind=rtc.ParticipantKind.PARTICIPANT_KIND_AGENT,
            attributes={ATTRIBUTE_AGENT_NAME: agent_name},
        )
        self.remote_participants[identity] = one
        self.happens("participant_connected", one)


def context(job: Job) -> JobContext:
    """As the companion takes it."""
    return cast("JobContext", job)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeLiveKitApi:
    """A room with a human and two dispatches, each of which a worker took; no look waits long for the next."""
    monkeypatch.setattr(fencing, "AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(removal, "AGAIN_SECONDS", 0.01)
    server = FakeLiveKitApi()
    server.people = [human(), agent("agent-AJ_1", agent_name=NAME), agent("agent-AJ_2", agent_name=NAME)]
    server.asked_for(ASKED)
    server.asked_for(ASKED)
    return server


async def replaced(fence: Fence, *, limit: float = 2.0) -> bool:
    """Whether the companion is told to leave within that time."""
    with anyio.move_on_after(limit):
        await fence.replaced()
        return True
    return False


async def test_a_companion_that_comes_back_asks_until_livekit_answers_and_leaves(server: FakeLiveKitApi) -> None:
    """It has seen nothing of what happened meanwhile, and the first questions may fail."""
    job = Job(server, "AD_1")
    fence = Fence(context(job))
    server.failing = {"list_dispatch": TimeoutError()}
    async with owned_tasks() as tasks:
        left = anyio.Event()

        async def watch() -> None:
            await fence.replaced()
            left.set()

        tasks.start_soon(watch)
        job.connection_state = rtc.ConnectionState.CONN_RECONNECTING
        job.comes("agent-AJ_2")
        await settled()
        job.connection_state = rtc.ConnectionState.CONN_CONNECTED
        job.happens("reconnected")
        await settled()
        assert not left.is_set()
        server.failing = {}
        with anyio.fail_after(2.0):
            await left.wait()


async def test_a_companion_takes_one_out_of_the_room_that_was_replaced_and_does_not_leave(
    server: FakeLiveKitApi,
) -> None:
    """Its process may hang, and LiveKit's library holds its place all the same."""
    job = Job(server, "AD_2")
    job.comes("agent-AJ_1")
    fence = Fence(context(job))
    async with owned_tasks() as tasks:
        tasks.start_soon(fence.replaced)
        await until(lambda: server.removed, limit=2.0)
        job.remote_participants.clear()
        await settled()
        tasks.cancel_scope.cancel()
    assert set(server.removed) == {"agent-AJ_1"}


async def test_of_two_companions_of_one_dispatch_the_later_one_stays_and_keeps_what_asked_for_it(
    server: FakeLiveKitApi,
) -> None:
    """A server that takes a job for lost may send another one; deleting their dispatch would end both."""
    server.launched_again("AD_2", "3")
    early, late = Job(server, "AD_2", "2"), Job(server, "AD_2", "3")
    first, second = Fence(context(early)), Fence(context(late))
    async with owned_tasks() as tasks:
        tasks.start_soon(second.replaced)
        early.comes("agent-AJ_3")
        late.comes("agent-AJ_2")
        assert await replaced(first)
        await removal.take_back(context(early))
        tasks.cancel_scope.cancel()
    assert [each.id for each in server.dispatches] == ["AD_2"]
    assert "agent-AJ_3" not in server.removed


async def test_a_companion_that_a_later_one_of_its_dispatch_takes_out_leaves_it_the_dispatch(
    server: FakeLiveKitApi,
) -> None:
    """It may have hung for a while, and learns only then that somebody removed it."""
    server.launched_again("AD_2", "3")
    job = Job(server, "AD_2", "2")
    asked = Removal(context(job))
    job.happens("disconnected", REMOVED)
    await asked.respect()
    assert [each.id for each in server.dispatches] == ["AD_2"]


@pytest.mark.parametrize(
    ("identity", "agent_name", "dispatch"),
    [("agent-AJ_2", "another", "AD_1"), ("mcp-voice-1", NAME, "AD_1"), ("agent-AJ_2", NAME, "")],
    ids=["another agent", "one that LiveKit did not send", "to a job without a dispatch"],
)
async def test_other_agents_are_none_of_a_companion_s_business(
    server: FakeLiveKitApi, identity: str, agent_name: str, dispatch: str
) -> None:
    """Only those of its own name are, which LiveKit sent."""
    job = Job(server, dispatch)
    fence = Fence(context(job))
    job.comes(identity, agent_name=agent_name)
    assert not await replaced(fence, limit=0.1)
    assert not server.removed


async def test_who_was_removed_takes_back_what_asked_for_them_and_what_had_before(server: FakeLiveKitApi) -> None:
    """Else another worker would send one for the older dispatch, which a failure left behind; a newer one stays."""
    server.asked_for(ASKED)
    job = Job(server, "AD_2")
    asked = Removal(context(job))
    job.happens("disconnected", REMOVED)
    await asked.respect()
    assert [each.id for each in server.dispatches] == ["AD_3"]


@pytest.mark.parametrize(
    "error",
    [api.ServerError("unavailable", "", status=503), ValueError("no protobuf")],
    ids=["it cannot", "its answer is none"],
)
async def test_who_was_removed_asks_again_where_livekit_does_not_answer(
    server: FakeLiveKitApi, error: Exception
) -> None:
    """Any worker would send another one otherwise."""
    job = Job(server, "AD_2")
    asked = Removal(context(job))
    job.happens("disconnected", REMOVED)
    server.failing = {"delete_dispatch": error}
    async with owned_tasks() as tasks:
        tasks.start_soon(asked.respect)
        await settled()
        assert len(server.dispatches) == 2
        server.failing = {}
    assert not server.dispatches


async def test_whose_room_was_closed_or_who_left_takes_nothing_back(server: FakeLiveKitApi) -> None:
    """Only who was removed is not wanted."""
    job = Job(server, "AD_2")
    asked = Removal(context(job))
    job.happens("disconnected", rtc.DisconnectReason.CLIENT_INITIATED)
    await asked.respect()
    assert len(server.dispatches) == 2


async def test_who_is_told_to_end_hears_first_whether_somebody_removed_them(server: FakeLiveKitApi) -> None:
    """LiveKit's order to the worker may be quicker than its word to the room."""
    job = Job(server, "AD_2")
    asked = Removal(context(job))
    server.people = [human()]
    async with owned_tasks() as tasks:
        tasks.start_soon(hear_why, context(job))
        await settled()
        job.happens("disconnected", REMOVED)
    await asked.respect()
    assert not server.dispatches


@pytest.mark.parametrize("failing", [{}, {"list_participants": TimeoutError()}], ids=["in the room", "not known"])
async def test_who_is_told_to_end_and_was_not_removed_waits_for_nothing(
    server: FakeLiveKitApi, failing: dict[str, Exception]
) -> None:
    """As when their worker drains."""
    server.failing = failing
    with anyio.fail_after(1.0):
        await hear_why(context(Job(server, "AD_2")))
