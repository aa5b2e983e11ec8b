"""Stores of each kind."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from mcp_voice.store.seam import AskStore
from testkit.stores import MemoryStage, StoreStage


@pytest.fixture(params=["memory"])
async def stage(request: pytest.FixtureRequest) -> StoreStage:
    """Each kind of store, with nothing in it."""
    return MemoryStage()


@pytest.fixture
async def store(stage: StoreStage) -> AsyncIterator[AskStore]:
    """One process's view of it."""
    async with stage.store() as opened:
        yield opened
