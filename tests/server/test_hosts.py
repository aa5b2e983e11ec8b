"""What is known of MCP hosts: how long a call may last, and the name under which a room sees one."""

from __future__ import annotations

import pytest
from mcp.types import Implementation

from mcp_voice.loading import loading
from mcp_voice.server.hosts import CLAUDE_CODE_SECONDS, OTHER_HOST_SECONDS, visible_name, waiting
from mcp_voice.settings import load


@pytest.mark.parametrize(
    ("host", "limit", "wanted", "seconds"),
    [
        ("claude-code", None, None, CLAUDE_CODE_SECONDS),
        ("another", None, None, OTHER_HOST_SECONDS),
        ("another", None, 300.0, 300.0),
        ("another", 20.0, None, 20.0),
        ("claude-code", 20.0, 300.0, 20.0),
        ("claude-code", 200.0, 0.0, 0.0),
    ],
)
def test_a_call_waits_as_long_as_its_host_allows(
    host: str, limit: float | None, wanted: float | None, seconds: float
) -> None:
    """A setting beats what is known of hosts, and nobody waits longer than it."""
    assert waiting(host, limit)(wanted) == seconds


@pytest.mark.parametrize(
    ("name", "title", "seen"),
    [
        ("claude-code", "Claude Code", "Claude Code"),
        ("claude-code", None, "claude-code"),
        ("mcp", None, ""),
        ("mcp", "", ""),
        ("mcp", "MCP", ""),
        (" mcp\n", None, ""),
        ("mcp", "My editor", "My editor"),
        ("mcp-inspector", None, "mcp-inspector"),
        ("x" * 100, None, "x" * 63 + "…"),
    ],
)
def test_a_host_is_seen_by_its_title_else_its_name_and_never_by_an_sdks(
    name: str, title: str | None, seen: str
) -> None:
    """People in a room would read "mcp", which is what an SDK's client calls itself."""
    assert visible_name(Implementation(name=name, title=title, version="1")) == seen


def test_a_host_that_does_not_say_who_it_is_has_no_name() -> None:
    """The voice has one of its own."""
    assert visible_name(None) == ""


@pytest.mark.anyio
async def test_what_a_host_reads_of_loading_names_no_engine_where_workers_have_it() -> None:
    """A serving process with MCP_VOICE_WORKERS loads clients only; who reads of an engine looks for a fault there."""
    for workers, what in ((False, "voice engine"), (True, "client for the store and LiveKit")):
        async with loading(load(workers=workers, _env_file=None)) as held:
            assert held.what == what
