"""The join page's HTTP without a socket: requests as a browser sends them, and a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from mcp_voice.page.joining import Joining
from mcp_voice.page.opening import Opener
from mcp_voice.page.origins import Origins
from mcp_voice.page.site import PageSite
from mcp_voice.page.static_files import static_files
from mcp_voice.page.tokens import TokenEndpoint
from mcp_voice.settings import load
from testkit.fake_link import FakeEngine

__all__ = ["COOKIE", "OWN", "Clock", "JoinSite", "join_site"]

OWN = "http://127.0.0.1:8123"
COOKIE = "mcp_voice_0a1b2c3d"


@dataclass
class Clock:
    """Seconds, as ``time.monotonic`` gives them."""

    now: float = 1_000.0

    def __call__(self) -> float:
        """The instant at which it stands."""
        return self.now


@dataclass
class JoinSite:
    """A page and one browser."""

    joining: Joining
    browser: httpx2.AsyncClient
    engine: FakeEngine
    clock: Clock = field(default_factory=Clock)

    def code(self, *, room_name: str = "kitchen", name: str = "", asker: str = "") -> str:
        """A new code."""
        return self.joining.invite(room_name, name=name, asker=asker)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        """A POST of JSON from the page itself, or with other headers."""
        return await self.browser.post(path, json={} if body is None else body, headers={"origin": OWN, **headers})

    async def join(self, code: str, **fields: str) -> httpx2.Response:
        """What the page's button does."""
        return await self.post("/api/join", {"code": code, **fields})


@asynccontextmanager
async def join_site(
    engine: FakeEngine | None = None, *, cookie: str = COOKIE, **settings: Any
) -> AsyncIterator[JoinSite]:
    """A page for rooms of a fake engine; ``settings`` are those of mcp-voice."""
    engine = engine or FakeEngine()
    loaded = load(_env_file=None, **settings)
    clock = Clock()
    joining = Joining(loaded, engine, clock=clock)
    origins = Origins.of([OWN, *filter(None, [loaded.page_url])])
    site = PageSite(joining, TokenEndpoint(loaded, joining), origins, static_files(), cookie, Opener(loaded))
    transport = httpx2.ASGITransport(site.app(), client=("127.0.0.1", 50_000), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=OWN) as browser:
        yield JoinSite(joining, browser, engine, clock)
