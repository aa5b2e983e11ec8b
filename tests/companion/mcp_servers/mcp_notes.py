"""A typed conversation with the tools of an MCP server of notes: fixtures of several files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from testkit.mcp_service import McpService, mcp_service
from testkit.mcp_talk import naming, notes
from testkit.openai_server import OpenAIServer
from testkit.tool_talk import Talk, talk
from testkit.webhook_service import WebhookService
from tests.companion.webhooks.webhook_talk import CONFIRM, SORRY, Converse, bare, server, service

__all__ = ["CONFIRM", "SORRY", "Converse", "bare", "converse", "mcp", "server", "service"]


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
