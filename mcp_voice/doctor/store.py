"""The Redis in which processes share what is asked: whether it is there, and keeps what is answered."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mcp_voice.doctor.audit import leads_away
from mcp_voice.doctor.problem import Problem, told
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice.errors import BadSettings, StoreError

if TYPE_CHECKING:
    from mcp_voice.store.redis_state import RedisState

__all__ = ["STORE", "judged"]

OLDEST = (6, 2)
"""The first whose commands our script uses."""
SLOW_MS = 50.0
"""What a reply may take to get from a worker to whoever waits for it."""


async def store(visit: Visit) -> Found:
    """Reach it, try what we need of it, and look at how it is set up."""
    try:
        # Its client takes 0.2 s to import, and few have one.
        state: RedisState = await importlib.import_module("mcp_voice.store.redis_state").redis_state(visit.settings)
    except (StoreError, BadSettings) as error:
        raise told("store", error) from None
    return judged(state, visit.settings.store.get_secret_value())


def judged(state: RedisState, url: str) -> Found:
    """What that store is good for; raises Problem where it is none."""
    if state.version and state.version < OLDEST:
        raise Problem("store-old", which=state.name)
    kept = {None: "", True: ", append-only file", False: ", no append-only file"}[state.is_kept]
    return Found(f"{state.name} at {state.address}, {state.latency_ms:.1f} ms{kept}", list(_doubts(state, url)))


def _doubts(state: RedisState, url: str) -> Iterator[Problem]:
    if not state.version:
        yield Problem("store-untold")
    for other in state.others:
        yield Problem(f"store-{other.name}", why=other.what, fix=other.fix)
    if state.eviction and state.eviction != "noeviction":
        yield Problem("store-evicts", policy=state.eviction)
    if state.is_kept is False:
        yield Problem("store-forgets")
    if url.startswith("redis://") and leads_away(url):
        yield Problem("store-unencrypted")
    if state.latency_ms > SLOW_MS:
        yield Problem("store-slow", ms=state.latency_ms)


def _is_set(visit: Visit) -> bool:
    return bool(visit.settings.store.get_secret_value())


STORE = (Step("store", "the store answers", store, 10.0, applies=_is_set),)
