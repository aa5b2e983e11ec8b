"""Stores of each kind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mcp_voice.store.seam import AskStore
from testkit.redis_server import RedisServer, redis_server
from testkit.stores import MemoryStage, RedisStage, StoreStage


@pytest.fixture(scope="session")
async def redis(anyio_backend: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RedisServer]:
    """A Redis that tests leave as it is, but for what they keep in it."""
    async with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(params=["memory", "redis"])
async def stage(request: pytest.FixtureRequest, redis: RedisServer) -> StoreStage:
    """Each kind of store, with nothing in it."""
    if request.param == "memory":
        return MemoryStage()
    await redis.command("FLUSHALL")
    return RedisStage(redis)


@pytest.fixture
async def store(stage: StoreStage) -> AsyncIterator[AskStore]:
    """One process's view of it."""
    async with stage.store() as opened:
        yield opened


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RedisServer]:
    """A Redis of this test's own that writes everything down before it answers."""
    async with redis_server(tmp_path / "redis", appendonly="yes", appendfsync="always") as started:
        yield started
