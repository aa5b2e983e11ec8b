"""What a room costs our process: CPU and memory, beside LiveKit's SDK alone and an ``AgentSession``.

The humans, the models and the LiveKit server are processes of their own and not counted. CPU time hardly depends on
what else the machine does, so this can be measured on one that is not quiet.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
import psutil

from benchmarks.child import Told, child
from benchmarks.people import Microphone, people
from benchmarks.processes import family_seconds
from benchmarks.stage import Stage, room_name, warmed
from mcp_voice.room.speaker import UNUSED_SECONDS
from mcp_voice.tasks import owned_tasks
from testkit.host import Host, ToolFault

__all__ = ["KINDS", "ROOMS", "measure"]

ROOMS = 4
SETTLE_SECONDS = 4.0
"""After a change, before it is measured: connections are made, and a first synthesis is done."""
MEASURED_SECONDS = 12.0
SPOKEN_SECONDS = SETTLE_SECONDS + MEASURED_SECONDS + 2.0
KINDS = ("ours", "session", "floor")
MEGABYTE = 1024 * 1024
LONG = "and so it goes on, " * 60
"""Stubs speak a letter in 60 ms: a minute."""
ENTER_SECONDS = 60.0


async def measure(stage: Stage, *, samples: int) -> dict[str, Any]:
    """For each kind and state: percent of a core and megabytes for each room; ``samples`` are of one long stretch."""
    del samples
    found: dict[str, Any] = {"rooms": ROOMS}
    microphone: Microphone
    for microphone in ("open", "muted", "none"):
        rooms = [room_name() for _ in range(ROOMS)]
        async with people(stage, {room: [] for room in rooms}, microphone=microphone):
            for kind in KINDS:
                stage.progress(f"what a room costs: {kind}, microphone: {microphone}")
                taken = _ours(stage, rooms, microphone) if kind == "ours" else _theirs(stage, rooms, kind, microphone)
                found.setdefault(kind, {}).update(await taken)
    return found


async def _ours(stage: Stage, rooms: Sequence[str], microphone: Microphone) -> dict[str, float]:
    async with stage.host("ours", MCP_VOICE_MOST_ROOMS="100") as host:
        await warmed(host)
        await _say(host, rooms[:1], "Ready.")
        alone = host.process.memory_info().rss
        await _say(host, rooms, "Ready.")
        # Until then the room keeps its voice, for what is said next.
        await anyio.sleep(UNUSED_SECONDS)
        found = {f"warm_{microphone}": await _share(host.process)}
        found["memory_mb"] = round((host.process.memory_info().rss - alone) / (len(rooms) - 1) / MEGABYTE, 1)
        if microphone != "open":
            return found
        async with _asking(host, rooms):
            found["listening"] = await _share(host.process)
        async with owned_tasks() as tasks:
            tasks.start_soon(_say, host, rooms, LONG)
            found["speaking"] = await _share(host.process)
            tasks.cancel_scope.cancel()
        return found


async def _theirs(stage: Stage, rooms: Sequence[str], kind: str, microphone: Microphone) -> dict[str, float]:
    ready, pids = anyio.Event(), list[int]()

    def take(told: Told) -> None:
        pids.append(told["pid"])
        ready.set()

    tokens = [stage.token(room, f"{kind}-{microphone}", kind="agent") for room in rooms]
    first = {"kind": kind, "url": stage.server.url, "tokens": tokens}
    environment = stage.environment(kind)
    async with child("benchmarks.cost_child", stage.folder, take, first=first, environment=environment) as order:
        with anyio.fail_after(ENTER_SECONDS):
            await ready.wait()
        process = psutil.Process(pids[0])
        found = {f"listening_{microphone}": await _share(process)}
        if microphone != "open":
            return found
        await order({"speak": SPOKEN_SECONDS})
        found["speaking"] = await _share(process)
        return found


async def _say(host: Host, rooms: Sequence[str], message: str) -> None:
    async with owned_tasks() as tasks:
        for room in rooms:
            tasks.start_soon(host.say, message, room)


@asynccontextmanager
async def _asking(host: Host, rooms: Sequence[str]) -> AsyncIterator[None]:
    """Nobody answers; the questions are withdrawn at the end."""

    async def ask(room: str) -> None:
        with suppress(ToolFault):
            await host.ask("Which one?", room_name=room)

    async with owned_tasks() as tasks:
        for room in rooms:
            tasks.start_soon(ask, room)
        yield
        tasks.cancel_scope.cancel()


async def _share(process: psutil.Process) -> float:
    """What it uses for each room, in percent of a core."""
    await anyio.sleep(SETTLE_SECONDS)
    begun, before = time.monotonic(), family_seconds(process)
    await anyio.sleep(MEASURED_SECONDS)
    return round(100 * (family_seconds(process) - before) / (time.monotonic() - begun) / ROOMS, 2)
