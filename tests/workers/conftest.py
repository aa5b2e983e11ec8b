"""What the tests of workers share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from testkit.asker_worker import WorkerTeam
from testkit.redis_server import redis_server
from testkit.rig import Rig


@pytest.fixture
async def team(rig: Rig, tmp_path: Path) -> AsyncIterator[WorkerTeam]:
    """Of one test: a store of its own, for servers and workers."""
    async with redis_server(tmp_path) as redis:
        yield WorkerTeam(rig, redis.url)
