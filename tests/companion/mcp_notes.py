"""A typed conversation with the tools of an MCP server of notes: fixtures of several files."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from testkit.agent_settings import bare_environment
from testkit.chat_model import Call
from testkit.mcp_service import McpService, mcp_service
from testkit.mcp_talk import naming, notes
from testkit.openai_server import OpenAIServer, openai_server
from testkit.tool_talk import Talk, talk
from testkit.webhook_service import WebhookService, webhook_service

__all__ = ["CONFIRM", "SORRY", "Converse", "bare", "converse", "mcp", "server", "service"]

CONFIRM = Call("confirm_action")
SORRY = "I am sorry, that did not work just now."

Converse = Callable[..., AbstractAsyncContextManager[Talk]]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is set but what a test sets."""
    bare_environment(monkeypatch)
    caplog.set_level(logging.INFO)


@pytest.fixture
async def service() -> AsyncIterator[WebhookService]:
    """Webhooks, for whoever has some beside."""
    async with webhook_service() as started:
        yield started


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    """The language model's server."""
    async with openai_server() as started:
        yield started


@pytest.fixture
async def mcp() -> AsyncIterator[McpService]:
    """An MCP server of notes."""
    async with mcp_service() as started:
        notes(started)
        yield started


@pytest.fixture
def converse(server: OpenAIServer, service: WebhookService, mcp: McpService, tmp_path: Path) -> Converse:
    """Converse with the tools of the notes."""

    def begin(
        allowed: Any = None, entry: dict[str, Any] | None = None, **fields: Any
    ) -> AbstractAsyncContextManager[Talk]:
        entries = {"notes": {"type": "http", "url": mcp.url} | (entry or {})}
        return talk(naming(tmp_path, entries, **fields), server, service, allowed=allowed)

    return begin
