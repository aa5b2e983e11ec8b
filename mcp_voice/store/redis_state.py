"""What kind of Redis a store is, and whether it keeps what is answered."""

from __future__ import annotations

import logging
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp_voice.errors import StoreError
from mcp_voice.settings import Settings
from mcp_voice.store.opening import open_commands, open_store
from mcp_voice.store.records import Place
from mcp_voice.store.redis_commands import Commands
from mcp_voice.store.users import Fleet, OtherUse

__all__ = ["RedisState", "redis_fleet", "redis_state"]

log = logging.getLogger(__name__)

TRIAL = Place("", "mcp-voice doctor")
PINGS = 5


@dataclass(frozen=True, slots=True)
class RedisState:
    """As ``INFO`` tells it; empty where it does not."""

    name: str
    """Redis or Valkey, and its version."""
    version: tuple[int, ...]
    address: str
    latency_ms: float
    """Of a command, the median."""
    eviction: str
    """``maxmemory-policy``."""
    is_kept: bool | None
    """Whether there is an append-only file."""
    others: Sequence[OtherUse] = ()
    """Who uses it with another key, or of another version."""


async def redis_state(settings: Settings) -> RedisState:
    """Ask it, and have it do once all that a store needs; raises StoreError, or BadSettings."""
    async with open_commands(settings) as commands:
        taken: list[float] = []
        for _ in range(PINGS):
            begun = time.perf_counter()
            await commands.command("PING")
            taken.append(1000 * (time.perf_counter() - begun))
        info = await _info(commands)
    others = await _tried_out(settings)
    version = str(info.get("valkey_version") or info.get("redis_version") or "")
    kept = info.get("aof_enabled")
    return RedisState(
        name=f"{'Valkey' if info.get('valkey_version') else 'Redis'} {version}".strip()[:40],
        version=tuple(int(part) for part in version.split(".")[:2] if part.isdecimal()),
        address=commands.address,
        latency_ms=statistics.median(taken),
        eviction=str(info.get("maxmemory_policy") or "")[:40],
        is_kept=None if kept is None else bool(kept),
        others=others,
    )


async def redis_fleet(settings: Settings) -> Fleet:
    """The workers that are there; raises StoreError, or BadSettings."""
    async with open_store(settings) as store:
        return await store.users.fleet()


async def _info(commands: Commands) -> Mapping[str, Any]:
    """What a Redis that answers tells of itself; nothing where our account may not ask, which a store need not."""
    try:
        told = await commands.command("INFO")
    except StoreError as error:
        log.debug("the store does not tell what it is (%s)", error.code)
        return {}
    return told if isinstance(told, dict) else {}


async def _tried_out(settings: Settings) -> Sequence[OtherUse]:
    """Hold and leave a place that nobody has: our script, and writing keys of ours, must be allowed."""
    worker = f"doctor-{time.time_ns()}"
    async with open_store(settings) as store:
        await store.hold(TRIAL, worker=worker)
        await store.leave(TRIAL, worker=worker)
        return await store.users.others()
