"""Asks through worker and store, beside the same asks of a server that speaks and hears itself, in turn.

The models are stubs that take no time, Redis and worker are on this machine. Cold: the room is fresh, so a worker has
to be sent to it; warm: it is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

import psutil

from benchmarks.exchange import ask_and_answer
from benchmarks.replies import QUIET, compare
from benchmarks.sentences import whole_answers
from benchmarks.stage import Stage, room_name, warmed
from benchmarks.workers import asker_worker
from mcp_voice.people.human import Human
from testkit.host import Host
from testkit.redis_server import redis_server

__all__ = ["measure"]

ROOMS = 3
"""In which the memory of a job is taken."""
MIB = 2**20


async def measure(stage: Stage, *, samples: int) -> dict[str, Any]:
    """For both ways the milliseconds, and how many replies were right; and the memory of a job."""
    async with redis_server(stage.folder / "redis", appendonly="yes") as redis, AsyncExitStack() as stack:
        shared = {"MCP_VOICE_STORE": redis.url}
        worker = await stack.enter_async_context(asker_worker(stage, **shared, **QUIET))
        hosts: Mapping[str, Host] = {
            "direct": await stack.enter_async_context(stage.host("ours", **QUIET)),
            "worker": await stack.enter_async_context(stage.host("ours", MCP_VOICE_WORKERS="true", **shared, **QUIET)),
        }
        for host in hosts.values():
            await warmed(host)
            async with stage.person(room := room_name()) as person:
                await _asked(host, person, room)
        return {**await compare(stage, hosts, samples=samples), "job_mb": await _memory(stage, hosts["worker"], worker)}


async def _asked(host: Host, person: Human, room: str) -> None:
    await ask_and_answer(host, person, room, whole_answers()[0].sounds())


async def _memory(stage: Stage, host: Host, worker: psutil.Process) -> list[float]:
    """What each of some jobs has for itself alone (USS), just after it was asked something, in MiB."""
    found = []
    for _ in range(ROOMS):
        async with stage.person(room := room_name()) as person:
            await _asked(host, person, room)
            # Whoever is in a room has more than those that wait for one.
            found.append(max(each.memory_full_info().uss for each in worker.children(recursive=True)) / MIB)
    return found
