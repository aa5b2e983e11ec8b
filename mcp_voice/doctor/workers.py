"""The workers that carry out what `serve` with MCP_VOICE_WORKERS is asked: what both need, and whether one is there."""

from __future__ import annotations

import importlib

from mcp_voice.doctor.problem import Problem, told
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice.errors import BadSettings, StoreError
from mcp_voice.store.users import Fleet
from mcp_voice.workers.fleet import fleet_in_words
from mcp_voice.workers.requirements import check_store

__all__ = ["WORKERS"]


async def workers(visit: Visit) -> Found:
    """What `serve` with MCP_VOICE_WORKERS cannot do without."""
    try:
        check_store(visit.settings)
    except BadSettings as error:
        raise told("workers", error) from None
    alone = [] if visit.settings.livekit_url else [Problem("workers-alone")]
    return Found("workers speak and listen in every room", alone)


async def fleet(visit: Visit) -> Found:
    """How many are there with the same store and key, as they say themselves."""
    try:
        # Its client takes 0.2 s to import, and few have one.
        found: Fleet = await importlib.import_module("mcp_voice.store.redis_state").redis_fleet(visit.settings)
    except (StoreError, BadSettings) as error:
        raise told("store", error) from None
    if not found.workers:
        raise Problem("no-worker")
    full = [] if found.with_room else [Problem("workers-full", workers=fleet_in_words(found))]
    return Found(fleet_in_words(found), full)


def _has_workers(visit: Visit) -> bool:
    return visit.settings.workers


WORKERS = (
    Step("workers", "workers can be used", workers, 1.0, applies=_has_workers),
    Step("fleet", "a worker is running", fleet, 5.0, ("store", "workers"), applies=_has_workers),
)
