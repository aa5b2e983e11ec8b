"""Another companion for a room that has lost its own, or that no worker could take.

LiveKit's server sends a room to a worker once, and does nothing when that worker or its process dies, or when no worker
has capacity. So each worker looks after its own processes, and at the rooms of all, and has LiveKit dispatch again what
is missing (``mcp_voice_agent.dispatch.dispatches``). One that was removed has no dispatch any more
(``mcp_voice_agent.dispatch.removal``). LiveKit Cloud does all of this itself.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Protocol

import anyio
from livekit import api
from livekit.agents.job import RunningJobInfo

from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.dispatch.dispatches import FAULTS, Dispatches, was_taken
from mcp_voice_agent.dispatch.watched_rooms import AGAIN_SECONDS, Seen, WatchedRooms

__all__ = ["Ours", "redispatching"]

log = logging.getLogger(__name__)

OWN_SECONDS = 1.0
ROOMS_SECONDS = 2.0
"""Between two looks for rooms that are new or without a companion; those that have one are looked at less often."""
NEW_SECONDS = 10.0
"""LiveKit's server says up to 5 s late how many are in a room; one that is new is looked at whatever it says."""
PACE_SECONDS = 0.05
"""Between two rooms, so that many workers with many rooms do not keep LiveKit's server busy."""


class Figures(Protocol):
    """What an operator watches."""

    def sent_again(self) -> None:
        """Another companion was asked for."""

    def waiting(self, rooms: int) -> None:
        """In so many rooms a human waits for a companion."""


@dataclass(frozen=True, slots=True)
class Ours:
    """This worker, as of the moment that it is asked."""

    jobs: Callable[[], Sequence[RunningJobInfo]]
    takes_rooms: Callable[[], bool]
    """Whether LiveKit's server would send a room here."""


class _Redispatch:
    """Looks for rooms in need, and tells LiveKit."""

    def __init__(
        self,
        dispatches: Dispatches,
        ours: Ours,
        figures: Figures,
        *,
        clock: Callable[[], float] = time.monotonic,
        pace_seconds: float = PACE_SECONDS,
    ) -> None:
        self._dispatches = dispatches
        self._ours = ours
        self._figures = figures
        self._clock = clock
        self._pace_seconds = pace_seconds
        self._mine: dict[str, RunningJobInfo] = {}
        """By identity, our companions at the last look."""
        self._sent: dict[str, float] = {}
        """By room, when we last sent a companion for one whose process had died."""
        self._rooms = WatchedRooms()
        self._new_at: dict[str, float] = {}
        """By room (its sid), when we first saw it."""
        self._counts: dict[str, tuple[int, int]] = {}
        """By room (its sid), how many humans were there at the last look, and how many send something, as we do."""

    async def look_after_our_own(self) -> None:
        """Replace, for ever, companions whose processes have died."""
        while True:
            now = {job.accept_arguments.identity: job for job in self._ours.jobs()}
            lost = [(identity, job) for identity, job in self._mine.items() if identity not in now]
            self._mine = now
            for identity, job in lost:
                with _unless_livekit_fails():
                    await self._replace(identity, job)
            await anyio.sleep(OWN_SECONDS)

    async def look_after_all(self, seconds: float) -> None:
        """Send, for ever, companions to rooms that are without; rooms that have one are seen every ``seconds``."""
        whole_at = self._clock()
        while True:
            await anyio.sleep(min(seconds, ROOMS_SECONDS))
            whole = self._clock() >= whole_at
            whole_at = self._clock() + seconds if whole else whole_at
            with _unless_livekit_fails():
                await self._look(whole=whole)

    async def _replace(self, identity: str, job: RunningJobInfo) -> None:
        """Take a companion out of its room and send another, unless it has left by itself."""
        room = job.job.room.name
        people = await self._dispatches.people(room)
        if not any(each.identity == identity for each in people):
            return
        log.warning("the companion of room %r has died", room)
        # It would be seen there for 20 s more.
        await self._dispatches.remove(identity, room=room)
        self._sent = {name: at for name, at in self._sent.items() if self._clock() - at < AGAIN_SECONDS}
        if room in self._sent or not any(map(self._dispatches.is_human, people)):
            return
        self._sent[room] = self._clock()
        await self._send(job.job.dispatch_id, room, job.job.room.sid)

    async def _look(self, *, whole: bool) -> None:
        listed, now = await self._dispatches.rooms(), self._clock()
        self._new_at = {room.sid: self._new_at.get(room.sid, now) for room in listed}
        peopled = [room for room in listed if room.num_participants or now - self._new_at[room.sid] < NEW_SECONDS]
        names = {room.sid: room.name for room in peopled}
        counts = {room.sid: (room.num_participants, room.num_publishers) for room in peopled}
        self._rooms.keep(names)
        for sid, name in names.items():
            # Our own rooms too: one of our processes may have lost LiveKit's server, or hang, while we are well.
            if whole or counts[sid] != self._counts.get(sid) or self._may_wait(sid):
                await anyio.sleep(self._pace_seconds)
                with _unless_livekit_fails():
                    self._rooms.note(sid, await self._seen(name), self._clock())
        self._counts = counts
        self._figures.waiting(self._rooms.waiting(self._clock()))
        with_one = sum(map(self._rooms.attended, names))
        log.debug("looked at the rooms: %d with a companion, %d without", with_one, len(names) - with_one)
        # A worker that is too busy leaves it to others, and if there are none until it has capacity again.
        due = self._rooms.due(self._clock()) if self._ours.takes_rooms() else {}
        for sid, dispatch in due.items():
            with _unless_livekit_fails():
                await self._send(dispatch, names[sid], sid)

    def _may_wait(self, sid: str) -> bool:
        return self._rooms.asks_for_us(sid) and not self._rooms.attended(sid)

    async def _seen(self, room: str) -> Seen:
        ours = await self._dispatches.ours(room)
        if not ours:
            return Seen()
        people = await self._dispatches.people(room)
        return Seen(
            dispatch=ours[-1].id,
            taken=was_taken(ours[-1]),
            restarts=ours[-1].restart_policy != api.JobRestartPolicy.JRP_NEVER,
            companion=any(map(self._dispatches.is_companion, people)),
            human=any(map(self._dispatches.is_human, people)),
        )

    async def _send(self, dispatch: str, room: str, sid: str) -> None:
        old = next((each for each in await self._dispatches.ours(room) if each.id == dispatch), None)
        if old is None or (was_taken(old) and old.restart_policy == api.JobRestartPolicy.JRP_NEVER):
            return
        log.warning("room %r has no companion", room)
        if await self._dispatches.send_again(old, sid):
            self._figures.sent_again()
            log.info("another companion was asked for, for room %r", room)


@contextmanager
def _unless_livekit_fails() -> Iterator[None]:
    try:
        yield
    except FAULTS as error:
        log.debug("no look at the rooms this time: %s", type(error).__name__)
    except Exception as error:  # noqa: BLE001  # an answer that is none raises whatever its parser does; rooms live on
        log.warning("no look at the rooms this time, LiveKit's answer cannot be read: %s", type(error).__name__)


@asynccontextmanager
async def redispatching(
    server: api.LiveKitAPI, *, agent_name: str, ours: Ours, figures: Figures, seconds: float
) -> AsyncIterator[None]:
    """Look after our own companions, and at least every ``seconds`` after those of all workers, while it lasts."""
    redispatch = _Redispatch(Dispatches(server, agent_name), ours, figures)
    async with owned_tasks() as tasks:
        tasks.start_soon(redispatch.look_after_our_own)
        tasks.start_soon(redispatch.look_after_all, seconds)
        yield
        tasks.cancel_scope.cancel()
