"""What calls cost that wait for replies which never come: as many as one server over HTTP has connections for.

They wait as a call does: its ask is renewed every 3 s, and the store tells of each change. It is CPU time that is
measured, which hardly depends on what else the machine does.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

import anyio
from pydantic import SecretStr

from benchmarks.stage import Stage
from mcp_voice.settings import load
from mcp_voice.store.opening import open_store
from mcp_voice.store.records import Request, State
from mcp_voice.store.seam import RENEW_SECONDS, AskStore
from mcp_voice.tasks import owned_tasks
from testkit.redis_server import RedisServer, redis_server

__all__ = ["measure"]

WAITS = 400
"""As many connections as a server over HTTP takes."""
SUBJECTS = 10
ROUNDS_A_SAMPLE = 0.5
"""In a round every call is renewed once."""


async def measure(stage: Stage, *, samples: int) -> dict[str, Any]:
    """The shares of a core that this process and Redis take; ``samples`` are of one long stretch."""
    stage.progress(f"{WAITS} calls wait")
    async with redis_server(stage.folder / "redis", appendonly="yes", appendfsync="everysec") as redis:
        settings = load(_env_file=None, store=SecretStr(redis.url), store_key=SecretStr("a key of the benchmark"))
        async with open_store(settings) as store, owned_tasks() as tasks:
            for number in range(WAITS):
                state = await store.open(_request(number))
                tasks.start_soon(_renew, store, state, RENEW_SECONDS * number / WAITS)
                tasks.start_soon(_wait, store, state)
            # Until each was renewed once, and waits.
            await anyio.sleep(2 * RENEW_SECONDS)
            before = await _used(redis)
            await anyio.sleep(max(1.0, ROUNDS_A_SAMPLE * samples) * RENEW_SECONDS)
            after = await _used(redis)
            tasks.cancel_scope.cancel()
    elapsed, ours, theirs = (b - a for a, b in zip(before, after, strict=True))
    return {"waits": WAITS, "core_share": ours / elapsed, "redis_core_share": theirs / elapsed}


def _request(number: int) -> Request:
    return Request(
        id=f"ask-{uuid.uuid4().hex[:10]}",
        kind="ask",
        subject=f"subject-{number % SUBJECTS}",
        room_name=f"room-{number}",
        text="Which floor shall they go to?",
        call_id=f"toolu_{uuid.uuid4().hex}",
        asker="Claude",
        open_seconds=900,
    )


async def _renew(store: AskStore, state: State, later: float) -> None:
    """``later``, in seconds: not all calls begin at once."""
    await anyio.sleep(later)
    while True:
        await store.attend(state.request.id, subject=state.request.subject)
        await anyio.sleep(RENEW_SECONDS)


async def _wait(store: AskStore, state: State) -> None:
    while True:
        state = await store.changed(state, seconds=60.0)


async def _used(redis: RedisServer) -> tuple[float, float, float]:
    """Now, and the CPU seconds of this process and of Redis."""
    info = await redis.command("INFO", "cpu")
    return time.monotonic(), time.process_time(), float(info["used_cpu_user"] + info["used_cpu_sys"])
