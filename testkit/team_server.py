"""A server over HTTP whose asks workers carry out, in this process, with a store and a LiveKit of the test's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from mcp_voice.asks.join_links import NoPage
from mcp_voice.server.address import HttpAddress
from mcp_voice.server.http import Served, served
from mcp_voice.settings import load
from mcp_voice.store.seam import AskStore
from mcp_voice.workers import serving
from testkit.fake_dispatching import FakeDispatching
from testkit.fake_link import ALICE, FakeEngine

__all__ = ["DispatchedEngine", "team_server"]


class DispatchedEngine(FakeEngine):
    """A kitchen with somebody in it, to which LiveKit would send workers, if there were any."""

    def __init__(self) -> None:
        super().__init__(people={"kitchen": [ALICE]})
        self.dispatching = FakeDispatching(takes=False)

    async def dispatches(self, _: str) -> FakeDispatching:
        """The same for every agent's name."""
        return self.dispatching


@asynccontextmanager
async def team_server(store: AskStore, engine: DispatchedEngine, tokens: Path) -> AsyncIterator[Served]:
    """Serve those who are in this file of tokens; others may serve with the same store."""
    settings = load(
        http_tokens_file=tokens,
        livekit_url="ws://localhost",
        store=SecretStr("redis://127.0.0.1:9/0"),
        workers=True,
        _env_file=None,
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("server_engine", engine), ("join_page", NoPage()), ("signed_store", store)):
            patch.setattr(serving, name, _given(value))
        async with served(settings, HttpAddress(port=0)) as running:
            yield running


def _given(value: Any) -> Any:
    @asynccontextmanager
    async def one(*_: object) -> AsyncIterator[Any]:
        yield value

    return one
