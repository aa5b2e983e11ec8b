"""Another companion for a room that has lost its own.

LiveKit's server sends a room to a worker once, and does nothing when that worker or its process dies. So each worker
looks after its own processes, and now and then at the rooms of all, and has LiveKit dispatch again what is missing.
One that was removed has no dispatch any more (``mcp_voice_agent.removal``).
Whoever deletes the old dispatch makes the new one, so that two workers never send two companions.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import aiohttp
import anyio
from livekit import api
from livekit.agents.job import RunningJobInfo
from livekit.agents.types import ATTRIBUTE_AGENT_NAME

from mcp_voice.participants import is_human
from mcp_voice.room.events import kind_of
from mcp_voice.tasks import owned_tasks

__all__ = ["redispatching"]

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
CALL_SECONDS = 5.0
"""LiveKitAPI itself waits for ever."""
PATIENCE_SECONDS = 60.0
"""How long a companion may take to come before another is sent: a machine that is too busy is not helped by two."""
AGAIN_SECONDS = 20.0
"""One that dies whenever it comes is not sent more often; nor does one worker undo what another has just done."""
PACE_SECONDS = 0.05
"""Between two rooms, so that many workers with many rooms do not keep LiveKit's server busy."""
NANOSECONDS = 1e9
AGENT_PREFIX = "agent-"

Jobs = Callable[[], Sequence[RunningJobInfo]]


class _Redispatch:
    """Looks for rooms in need, and tells LiveKit."""

    def __init__(self, server: api.LiveKitAPI, agent_name: str, jobs: Jobs) -> None:
        self._server = server
        self._agent_name = agent_name
        self._jobs = jobs
        self._mine: dict[str, RunningJobInfo] = {}
        """By identity, our companions at the last look."""
        self._alone: set[str] = set()
        """Rooms (their sid) in which a human was without a companion at the last look."""
        self._attended: set[str] = set()
        """Rooms in which there was one since it was sent: who is not there any more is not on the way."""
        self._sent: dict[str, float] = {}
        """By room, when we last sent a companion for one whose process had died, on our monotonic clock."""

    async def look_after_our_own(self) -> None:
        """Replace, for ever, companions whose processes have died."""
        while True:
            now = {job.accept_arguments.identity: job for job in self._jobs()}
            lost = [(identity, job) for identity, job in self._mine.items() if identity not in now]
            self._mine = now
            for identity, job in lost:
                with _unless_livekit_fails():
                    await self._replace(identity, job)
            await anyio.sleep(LOOK_SECONDS)

    async def look_after_all(self, seconds: float) -> None:
        """Send, for ever, a companion to rooms that have had none twice in a row."""
        while True:
            await anyio.sleep(seconds)
            with _unless_livekit_fails():
                await self._look()

    async def _replace(self, identity: str, job: RunningJobInfo) -> None:
        """Take a companion out of its room and send another, unless it has left by itself."""
        room = job.job.room.name
        people = await self._people(room)
        if not any(each.identity == identity for each in people):
            return
        log.warning("the companion of room %r has died", room)
        # It would be seen there for 20 s more.
        with anyio.fail_after(CALL_SECONDS):
            await self._server.room.remove_participant(api.RoomParticipantIdentity(room=room, identity=identity))
        self._sent = {name: at for name, at in self._sent.items() if time.monotonic() - at < AGAIN_SECONDS}
        if room in self._sent:
            return
        self._sent[room] = time.monotonic()
        if any(map(_is_human, people)):
            with anyio.fail_after(CALL_SECONDS):
                dispatches = await self._server.agent_dispatch.list_dispatch(room)
            for dispatch in dispatches:
                if dispatch.id == job.job.dispatch_id:
                    await self._send(dispatch, job.job.room.sid)

    async def _look(self) -> None:
        with anyio.fail_after(CALL_SECONDS):
            listed = await self._server.room.list_rooms(api.ListRoomsRequest())
        names = {room.sid: room.name for room in listed.rooms if room.num_participants}
        own = {job.job.room.name for job in self._jobs()}
        attended = {sid for sid, name in names.items() if name in own}
        alone = set[str]()
        for sid in names.keys() - attended:
            await anyio.sleep(PACE_SECONDS)
            here = await self._people(names[sid])
            if any(map(self._is_ours, here)):
                attended.add(sid)
            elif any(map(_is_human, here)):
                alone.add(sid)
        self._attended = attended | self._attended & alone
        log.debug("looked at the rooms: %d with a companion, %d without", len(attended), len(alone))
        for sid in self._alone & alone:
            with _unless_livekit_fails():
                await self._redispatch(sid, names[sid])
        self._alone = alone

    async def _redispatch(self, sid: str, room: str) -> None:
        with anyio.fail_after(CALL_SECONDS):
            dispatches = await self._server.agent_dispatch.list_dispatch(room)
        # A room that asks for no agent, or for others, is not ours.
        ours = [each for each in dispatches if each.agent_name == self._agent_name]
        newest = max(ours, key=lambda each: each.state.created_at, default=None)
        patience = AGAIN_SECONDS if sid in self._attended else PATIENCE_SECONDS
        if newest and _age(newest) > patience:
            log.warning("room %r has no companion", room)
            self._attended.discard(sid)
            await self._send(newest, sid)

    def _is_ours(self, one: api.ParticipantInfo) -> bool:
        named = one.attributes.get(ATTRIBUTE_AGENT_NAME, "") == self._agent_name
        return one.kind == api.ParticipantInfo.AGENT and one.identity.startswith(AGENT_PREFIX) and named

    async def _people(self, room: str) -> Sequence[api.ParticipantInfo]:
        with anyio.fail_after(CALL_SECONDS):
            answer = await self._server.room.list_participants(api.ListParticipantsRequest(room=room))
        return answer.participants

    async def _send(self, old: api.AgentDispatch, sid: str) -> None:
        with anyio.fail_after(CALL_SECONDS):
            # Raises when another worker was quicker, and when the room is no more.
            await self._server.agent_dispatch.delete_dispatch(old.id, old.room)
            new = await self._server.agent_dispatch.create_dispatch(
                api.CreateAgentDispatchRequest(agent_name=old.agent_name, room=old.room, metadata=old.metadata)
            )
        with anyio.fail_after(CALL_SECONDS):
            listed = await self._server.room.list_rooms(api.ListRoomsRequest(names=[old.room]))
        if sid and any(room.sid != sid for room in listed.rooms):
            await self._undo(new)
            return
        log.info("another companion was asked for, for room %r", old.room)

    async def _undo(self, new: api.AgentDispatch) -> None:
        """Take a dispatch back, and its room if nobody is there: LiveKit makes one for whoever asks for an agent."""
        log.info("room %r was closed while a companion was asked for: it gets none", new.room)
        with anyio.fail_after(CALL_SECONDS):
            await self._server.agent_dispatch.delete_dispatch(new.id, new.room)
        if not any(map(_is_human, await self._people(new.room))):
            with anyio.fail_after(CALL_SECONDS):
                await self._server.room.delete_room(api.DeleteRoomRequest(room=new.room))


def _is_human(one: api.ParticipantInfo) -> bool:
    return is_human(kind_of(one.kind, one.attributes))


def _age(dispatch: api.AgentDispatch) -> float:
    """In seconds; LiveKit's server tells nanoseconds, by its own clock."""
    return time.time() - dispatch.state.created_at / NANOSECONDS


@contextmanager
def _unless_livekit_fails() -> Iterator[None]:
    try:
        yield
    except (api.ServerError, aiohttp.ClientError, TimeoutError, OSError) as error:
        log.debug("no look at the rooms this time: %s", type(error).__name__)
    except Exception as error:  # noqa: BLE001  # an answer that is none raises whatever its parser does; rooms live on
        log.warning("no look at the rooms this time, LiveKit's answer cannot be read: %s", type(error).__name__)


@asynccontextmanager
async def redispatching(server: api.LiveKitAPI, *, agent_name: str, jobs: Jobs, seconds: float) -> AsyncIterator[None]:
    """Look after our own companions, and every ``seconds`` after those of all workers, while the block lasts.

    ``jobs`` gives what this worker runs at the moment.
    """
    redispatch = _Redispatch(server, agent_name, jobs)
    async with owned_tasks() as tasks:
        tasks.start_soon(redispatch.look_after_our_own)
        tasks.start_soon(redispatch.look_after_all, seconds)
        yield
        tasks.cancel_scope.cancel()
