"""Asks of a server with a store and no workers, beside the same asks of a server without one, in turn.

The models are stubs that take no time, and Redis is on this machine.
"""

from __future__ import annotations

from typing import Any

from benchmarks.replies import QUIET, compare
from benchmarks.stage import Stage, warmed
from testkit.redis_server import redis_server

__all__ = ["measure"]


async def measure(stage: Stage, *, samples: int) -> dict[str, Any]:
    """For both the milliseconds, and how many replies were right."""
    async with (
        redis_server(stage.folder / "redis", appendonly="yes") as redis,
        stage.host("ours", **QUIET) as direct,
        stage.host("ours", MCP_VOICE_STORE=redis.url, **QUIET) as stored,
    ):
        hosts = {"direct": await warmed(direct), "store": await warmed(stored)}
        return await compare(stage, hosts, samples=samples)
