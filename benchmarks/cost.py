"""What a room costs our process: CPU and memory, beside LiveKit's SDK alone and an ``AgentSession``.

The humans, the models and the LiveKit server are processes of their own; the server's share is told apart. CPU time
hardly depends on what else the machine does, so this can be measured on one that is not quiet.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import anyio
import psutil
from livekit import api

from benchmarks.cost_processes import RoomProcess, RoomState, ours, theirs, through_worker
from benchmarks.people import Microphone, people
from benchmarks.processes import family_bytes, family_seconds
from benchmarks.stage import Stage, room_name

__all__ = ["KINDS", "MICROPHONES", "ROOMS", "measure"]

ROOMS = 4
SETTLE_SECONDS = 4.0
"""After a change, before it is measured: connections are made, and a first synthesis is done."""
SECONDS_A_SAMPLE = 1.2
KINDS = ("ours", "worker", "session", "floor")
MICROPHONES: tuple[Microphone, ...] = ("open", "muted", "none")
STATES: dict[Microphone, tuple[RoomState, ...]] = {
    "open": ("speaking", "listening", "warm"),
    "muted": ("warm",),
    "none": ("warm",),
}
"""In this order: a warm room is one in which somebody was asked."""
MEGABYTE = 1024 * 1024


async def measure(
    stage: Stage, *, samples: int, kinds: Sequence[str] = KINDS, microphones: Sequence[Microphone] = MICROPHONES
) -> dict[str, Any]:
    """For each kind and state, for each room: percent of a core, memory, and what the LiveKit server takes.

    ``samples`` makes the stretch that is measured longer. ``published`` says in which states our rooms have a voice
    published; the floor has one in the same states.
    """
    taking = _Taking(stage, seconds=SECONDS_A_SAMPLE * samples)
    await taking.server_alone()
    for microphone in microphones:
        for kind in kinds:
            if kind == "worker" and microphone != "open":
                continue
            # A process that was killed stays in its room for 20 s, and its track with whoever hears that room.
            rooms = [room_name() for _ in range(ROOMS)]
            stage.progress(f"what a room costs: {kind}, microphone: {microphone}")
            async with people(stage, {room: [] for room in rooms}, microphone=microphone):
                if kind == kinds[0]:
                    await taking.server_with_people(microphone)
                async with taking.measured(kind) as measured:
                    await taking.take(kind, measured, rooms, microphone)
    return taking.found


class _Taking:
    """What has been measured so far."""

    def __init__(self, stage: Stage, *, seconds: float) -> None:
        self._stage = stage
        self._seconds = seconds
        self._alone = 0.0
        """Seconds of a core that the LiveKit server takes in a second without a room."""
        self._published: dict[str, bool] = {}
        self.found: dict[str, Any] = {"rooms": ROOMS, "server": {}, "memory_mb": {}, "published": self._published}

    async def server_alone(self) -> None:
        """See what the LiveKit server takes without a room."""
        used = await self._used([self._stage.livekit])
        self._alone = used[0]

    async def server_with_people(self, microphone: Microphone) -> None:
        """See what it takes for rooms in which only people are."""
        await anyio.sleep(SETTLE_SECONDS)
        (used,) = await self._used([self._stage.livekit])
        self.found["server"][f"people_{microphone}"] = self._percent(used - self._alone)

    def measured(self, kind: str) -> AbstractAsyncContextManager[RoomProcess]:
        """One of ``KINDS``."""
        made: dict[str, Callable[[], AbstractAsyncContextManager[RoomProcess]]] = {
            "ours": partial(ours, self._stage),
            "worker": partial(through_worker, self._stage),
        }
        return made.get(kind, partial(theirs, self._stage, kind))()

    async def take(self, kind: str, measured: RoomProcess, rooms: Sequence[str], microphone: Microphone) -> None:
        """All states, in all rooms; first in one alone where memory is told."""
        alone: dict[str, int] = {}
        for among in (rooms[:1], rooms) if microphone == "open" else (rooms,):
            await measured.enter(among)
            for state in STATES[microphone]:
                name = f"{state}_{microphone}"
                async with measured.doing(state, among, publishes=self._published.get(name, True)):
                    await anyio.sleep(SETTLE_SECONDS)
                    if len(among) == 1:
                        alone[name] = family_bytes(measured.process)
                        continue
                    await self._all_rooms(kind, name, measured.process, rooms)
                    if name in alone:
                        more = (family_bytes(measured.process) - alone[name]) / (len(rooms) - 1)
                        self.found["memory_mb"].setdefault(kind, {})[name] = round(more / MEGABYTE, 1)

    async def _all_rooms(self, kind: str, name: str, process: psutil.Process, rooms: Sequence[str]) -> None:
        used, served = await self._used([process, self._stage.livekit])
        self.found.setdefault(kind, {})[name] = self._percent(used)
        if kind == "ours":
            self.found["server"][name] = self._percent(served - self._alone)
            voices = [await _voices(self._stage, room) for room in rooms]
            if len(set(voices)) > 1:
                raise RuntimeError(f"In {name} some rooms have a voice of ours and some have none: {voices}.")
            self._published[name] = voices[0] > 0

    async def _used(self, processes: Sequence[psutil.Process]) -> list[float]:
        """Seconds of a core in a second, of each process with its children."""
        begun, before = time.monotonic(), [family_seconds(each) for each in processes]
        await anyio.sleep(self._seconds)
        after = [family_seconds(each) for each in processes]
        return [(b - a) / (time.monotonic() - begun) for a, b in zip(before, after, strict=True)]

    def _percent(self, used: float) -> float:
        return round(100 * used / ROOMS, 2)


async def _voices(stage: Stage, room: str) -> int:
    """How many tracks agents have published there."""
    server = stage.server
    async with api.LiveKitAPI(server.url, server.api_key, server.api_secret) as opened:
        there = await opened.room.list_participants(api.ListParticipantsRequest(room=room))
    agents = [each for each in there.participants if each.kind == api.ParticipantInfo.Kind.AGENT]
    return sum(len(each.tracks) for each in agents)
