"""Another companion for a room that has lost its own, and none for a room that is no more: a real LiveKit server."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from livekit import api

from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.dispatch.dispatches import Dispatches, was_taken
from testkit.rig import Rig

pytestmark = pytest.mark.anyio

NAME = "a-companion-that-no-worker-is"


@pytest.fixture
async def server(rig: Rig) -> AsyncIterator[api.LiveKitAPI]:
    """A client of the server's API."""
    async with rig.api() as opened:
        yield opened


class Racing:
    """The server's dispatches, where somebody deletes the room just before another companion is asked for."""

    def __init__(self, server: api.LiveKitAPI) -> None:
        self._server = server
        self.list_dispatch = server.agent_dispatch.list_dispatch
        self.delete_dispatch = server.agent_dispatch.delete_dispatch

    async def create_dispatch(self, wanted: api.CreateAgentDispatchRequest) -> api.AgentDispatch:
        """Too late."""
        await self._server.room.delete_room(api.DeleteRoomRequest(room=wanted.room))
        return await self._server.agent_dispatch.create_dispatch(wanted)


async def dispatched(server: api.LiveKitAPI) -> tuple[str, api.AgentDispatch]:
    """A new room with a dispatch that nobody takes; gives the room's id, too."""
    room = f"room-{uuid.uuid4().hex[:8]}"
    made = await server.room.create_room(api.CreateRoomRequest(name=room))
    asked = api.CreateAgentDispatchRequest(
        agent_name=NAME,
        room=room,
        metadata="theirs",
        attributes={"tenant": "seven"},
        deployment="canary",
        restart_policy=api.JobRestartPolicy.JRP_NEVER,
    )
    return made.sid, await server.agent_dispatch.create_dispatch(asked)


async def exists(server: api.LiveKitAPI, room: str) -> bool:
    """Whether there is such a room."""
    return bool((await server.room.list_rooms(api.ListRoomsRequest(names=[room]))).rooms)


def dispatches(server: Any) -> Dispatches:
    """Of a worker that uses this server."""
    return Dispatches(cast("api.LiveKitAPI", server), NAME)


async def test_another_companion_is_sent_for_the_one_that_was_lost(server: api.LiveKitAPI) -> None:
    """By a new dispatch like the old one, which is gone; the server says that nobody has taken either."""
    sid, old = await dispatched(server)
    assert await dispatches(server).send_again(old, sid)
    (new,) = await dispatches(server).ours(old.room)
    assert new.id != old.id
    assert (new.metadata, dict(new.attributes), new.deployment) == ("theirs", {"tenant": "seven"}, "canary")
    assert new.restart_policy == api.JobRestartPolicy.JRP_NEVER
    assert not was_taken(new)


async def test_two_workers_that_send_at_once_leave_one_dispatch(server: api.LiveKitAPI) -> None:
    """The old one's id is the fence: LiveKit deletes it for one of them, and the other takes their own back."""
    sid, old = await dispatched(server)
    sent = []

    async def send() -> None:
        sent.append(await dispatches(server).send_again(old, sid))

    async with owned_tasks() as tasks:
        for _ in range(4):
            tasks.start_soon(send)
    assert sorted(sent) == [False, False, False, True]
    (new,) = await dispatches(server).ours(old.room)
    assert new.id != old.id


async def test_no_companion_is_sent_to_a_room_that_was_deleted_and_the_room_is_not_made(server: api.LiveKitAPI) -> None:
    """LiveKit makes a room for whoever asks for a companion in it, so it is looked at first."""
    sid, old = await dispatched(server)
    await server.room.delete_room(api.DeleteRoomRequest(room=old.room))
    with pytest.raises((api.ServerError, TimeoutError)):
        await dispatches(server).send_again(old, sid)
    assert not await exists(server, old.room)


async def test_a_room_that_is_deleted_while_a_companion_is_sent_is_not_made_again(server: api.LiveKitAPI) -> None:
    """Between two calls; the companion would sit in an empty room, and the next guest of that name meet it."""
    sid, old = await dispatched(server)
    racing = SimpleNamespace(room=server.room, agent_dispatch=Racing(server))
    assert not await dispatches(racing).send_again(old, sid)
    assert not await exists(server, old.room)
