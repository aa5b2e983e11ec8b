"""What the tests in a real browser share: one Chromium, and a door into rooms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser

from mcp_voice.asks.join_links import JoinPage
from mcp_voice.page.serving import join_page
from mcp_voice.room.engine import engine
from mcp_voice.settings import load
from testkit.browser import PLAYS_AT_ONCE, Visitor, browser, visitor
from testkit.gate import Gate
from testkit.rig import Rig


@asynccontextmanager
async def door_to(rig: Rig, gate: Gate, **changed: Any) -> AsyncIterator[JoinPage]:
    """A join page of this process whose visitors reach LiveKit through this gate; with these settings beside."""
    server = rig.server
    settings = load(
        livekit_url=gate.url,
        livekit_api_key=server.api_key,
        livekit_api_secret=server.api_secret,
        state_dir=rig.folder / "door",
        _env_file=None,
        **changed,
    )
    async with engine(settings) as rooms, join_page(settings, rooms) as page:
        yield page


@pytest.fixture(scope="session")
async def chromium(anyio_backend: str) -> AsyncIterator[Browser]:
    """One Chromium for all tests."""
    async with browser(*PLAYS_AT_ONCE) as started:
        yield started


@pytest.fixture(scope="session")
async def door(rig: Rig) -> AsyncIterator[JoinPage]:
    """A join page that is served by this process."""
    async with door_to(rig, rig.gate) as page:
        yield page


@pytest.fixture
async def ada(chromium: Browser) -> AsyncIterator[Visitor]:
    """Somebody with a microphone, at no page yet."""
    async with visitor(chromium) as somebody:
        yield somebody
