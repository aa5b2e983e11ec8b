"""The store by itself: 10,000 questions that stay open, and 500 a second that simulated workers answer at once.

Redis is real, with an append-only file (everysec), and has one core; what is asked and said is encrypted. The workers
(``store_workers.py``) are one process, whoever asks is this one. An ask takes what a real one takes of the store: it is
opened, waited for, claimed, twice renewed with something new, and answered; its room is held meanwhile.
"""

from __future__ import annotations

import gc
import time
import uuid
from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from typing import Any

import anyio
from pydantic import SecretStr

from benchmarks.child import child
from benchmarks.stage import Stage
from mcp_voice.errors import StoreError
from mcp_voice.settings import load
from mcp_voice.store.opening import open_store
from mcp_voice.store.records import Outcome, Request
from mcp_voice.store.seam import AskStore
from mcp_voice.tasks import owned_tasks
from testkit.redis_server import RedisServer, redis_server

__all__ = ["measure"]

OPEN, SUBJECTS = 10_000, 125
"""Eighty a subject, ten a room: what a subject may have open, less what is asked meanwhile."""
PLACES = 250
RATE = 500
"""Asks a second."""
SECONDS_A_SAMPLE = 2.0
LOST_SECONDS = 30.0
KEY = "a key of the benchmark"
QUESTION = "Number {number} is at the door with two parcels and a letter: which floor shall they go to?"
COUNTED = ("evalsha", "eval", "subscribe", "unsubscribe", "ping")
"""Commands of ours; INFO counts those inside the script as well."""


async def measure(stage: Stage, *, samples: int) -> dict[str, Any]:
    """How long an answer takes to whoever waits for it, and what an ask costs Redis."""
    # Not rewritten meanwhile: that would take its size for what an ask costs.
    kept = {"appendonly": "yes", "appendfsync": "everysec", "auto_aof_rewrite_percentage": "0"}
    async with redis_server(stage.folder / "redis", **kept) as redis:
        redis.keep_to(core=0)
        settings = load(_env_file=None, store=SecretStr(redis.url), store_key=SecretStr(KEY))
        async with open_store(settings) as store:
            empty = await _info(redis)
            stage.progress(f"{OPEN} questions are opened")
            await _fill(store)
            filled = await _info(redis)
            places = [(f"subject-{n % SUBJECTS}", f"busy-{n}") for n in range(PLACES)]
            ready = anyio.Event()
            first = {"url": redis.url, "key": KEY, "places": places}
            async with child("benchmarks.store_workers", stage.folder, lambda _: ready.set(), first=first):
                await ready.wait()
                # As a replica does once it serves.
                gc.collect()
                gc.freeze()
                await _ask_all(store, places, seconds=1.0)
                before = await _info(redis)
                stage.progress(f"{RATE} questions a second are asked and answered")
                taken = await _ask_all(store, places, seconds=SECONDS_A_SAMPLE * samples)
                after = await _info(redis)
    asks = len(taken["answer_ms"])
    return {
        **taken,
        "open": OPEN,
        "rate": RATE,
        "bytes_an_open_ask": (filled["used_memory"] - empty["used_memory"]) / OPEN,
        "commands_an_ask": (_commands(after) - _commands(before)) / asks,
        "redis_cpu_seconds_an_ask": (_cpu(after) - _cpu(before)) / asks,
        "network_bytes_an_ask": (_network(after) - _network(before)) / asks,
        "log_bytes_an_ask": (after["aof_current_size"] - before["aof_current_size"]) / asks,
    }


async def _fill(store: AskStore) -> None:
    limit = anyio.CapacityLimiter(100)

    async def opened(number: int) -> None:
        async with limit:
            subject = number % SUBJECTS
            await store.open(_request(f"subject-{subject}", f"room-{number // SUBJECTS // 10}", number))

    async with owned_tasks() as tasks:
        for number in range(OPEN):
            tasks.start_soon(opened, number)


def _request(subject: str, room_name: str, number: int) -> Request:
    return Request(
        id=f"ask-{uuid.uuid4().hex[:10]}",
        kind="ask",
        subject=subject,
        room_name=room_name,
        text=QUESTION.format(number=number),
        call_id=f"toolu_{uuid.uuid4().hex}",
        asker="Claude",
        open_seconds=900,
    )


async def _ask_all(store: AskStore, places: Sequence[tuple[str, str]], *, seconds: float) -> dict[str, Any]:
    """Ask at a steady rate, however long the answers take."""
    taken: dict[str, Any] = {"answer_ms": [], "whole_ms": [], "lost": 0}
    begun = time.monotonic()
    async with owned_tasks() as tasks:
        for number, (subject, room_name) in enumerate(islice(cycle(places), round(RATE * seconds))):
            await anyio.sleep(max(0.0, begun + number / RATE - time.monotonic()))
            tasks.start_soon(_ask, store, _request(subject, room_name, number), taken)
    return taken | {"asks_a_second": len(taken["answer_ms"]) / (time.monotonic() - begun)}


async def _ask(store: AskStore, request: Request, taken: dict[str, Any]) -> None:
    begun = time.monotonic()
    try:
        outcome = await _outcome(store, request)
    except StoreError:
        outcome = None
    now = time.monotonic()
    if outcome is None or outcome.result is None:
        taken["lost"] += 1
        return
    taken["answer_ms"].append(round(1000 * (now - outcome.result["at"]), 2))
    taken["whole_ms"].append(round(1000 * (now - begun), 2))


async def _outcome(store: AskStore, request: Request) -> Outcome | None:
    state = await store.open(request)
    state = await store.attend(request.id, subject=request.subject, call="1")
    with anyio.move_on_after(LOST_SECONDS):
        while state.outcome is None:
            state = await store.changed(state, seconds=LOST_SECONDS)
    return state.outcome


async def _info(redis: RedisServer) -> Mapping[str, Any]:
    found: Mapping[str, Any] = await redis.command("INFO", "all")
    return found


def _commands(info: Mapping[str, Any]) -> int:
    return sum(info.get(f"cmdstat_{name}", {}).get("calls", 0) for name in COUNTED)


def _cpu(info: Mapping[str, Any]) -> float:
    return float(info["used_cpu_user"] + info["used_cpu_sys"])


def _network(info: Mapping[str, Any]) -> int:
    return int(info["total_net_input_bytes"] + info["total_net_output_bytes"])
