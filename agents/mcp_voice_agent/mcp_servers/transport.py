"""The way to an MCP server: a process of ours, or HTTP."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import httpx2
from mcp import StdioServerParameters
from mcp.client.sse import sse_client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from mcp_voice.outside_faults.mcp_servers import MCP_SERVER
from mcp_voice.process.isolation import FOLDER, child_environment, find_program
from mcp_voice_agent.mcp_servers.exchange import HttpExchange, http_client
from mcp_voice_agent.mcp_servers.fault import ServerFault
from mcp_voice_agent.mcp_servers.last_words import ServerWords, listening
from mcp_voice_agent.mcp_servers.leash import leashed
from mcp_voice_agent.mcp_servers.server import Http, McpServer, Stdio
from mcp_voice_agent.mcp_servers.trimmed import TrimmedMessages

__all__ = ["LONGEST_MESSAGE", "Trace", "transport"]

Streams: TypeAlias = tuple[Any, Any]
"""What the SDK reads from and writes to."""
LONGEST_MESSAGE = 1_048_576
"""Bytes; the list of a hundred tools with large schemas is half of it. To read as many takes a tenth of a second."""
CONNECT_SECONDS = 10.0
LAST_WORDS_SECONDS = 0.3
STREAM_SECONDS = 3600.0
"""An HTTP stream for a server's own messages may be silent for long; each call has its own limit."""
HANDED_ON = ("LOGNAME", "SHELL", "TERM", "USER", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS")
OURS = ("PYTHONSAFEPATH", "PYTHONHOME")
"""Of our own Python, and none of a server's."""


@dataclass(slots=True)
class Trace:
    """What is known of a connection beside what the SDK tells."""

    words: ServerWords
    exchange: HttpExchange = field(default_factory=HttpExchange)
    """What HTTP said of connecting."""


@asynccontextmanager
async def transport(server: McpServer, trace: Trace) -> AsyncIterator[Streams]:
    """The streams of one connection; raises ServerFault where the program cannot be found, and what the SDK raises."""
    way = server.way
    way_there = _program(way, trace) if isinstance(way, Stdio) else _http(way, trace)
    async with way_there as (messages, outgoing):
        yield TrimmedMessages(messages), outgoing


@asynccontextmanager
async def _program(way: Stdio, trace: Trace) -> AsyncIterator[Streams]:
    program = way.command if Path(way.command).is_absolute() else find_program(way.command)
    if program is None:
        raise ServerFault.of(MCP_SERVER["missing"].filled(program=way.command))
    environment = child_environment(*HANDED_ON, prefixes=("XDG_",))
    parameters = StdioServerParameters(
        command=program,
        args=list(way.args),
        env={name: value for name, value in environment.items() if name not in OURS} | dict(way.env),
        cwd=way.cwd or _home(),
        encoding_error_handler="replace",
    )
    if sys.platform != "win32":  # where the SDK has a job object that ends all of them
        parameters.command, parameters.args = (
            sys.executable,
            leashed(program, *way.args, longest=LONGEST_MESSAGE),
        )
    async with listening(trace.words) as errlog:
        async with stdio_client(parameters, errlog) as streams:
            errlog.close()
            yield streams
        with anyio.move_on_after(LAST_WORDS_SECONDS, shield=True):
            await trace.words.ended.wait()


def _home() -> str:
    """Where a program starts: not the working directory, in which npx would look for programs first."""
    try:
        home = Path.home()
    except RuntimeError:  # nobody's home
        return FOLDER
    return str(home) if home.is_dir() else FOLDER


@asynccontextmanager
async def _http(way: Http, trace: Trace) -> AsyncIterator[Streams]:
    # The headers are for this server only: the SDK follows no redirect to another origin.
    seen = partial(http_client, trace.exchange, longest=LONGEST_MESSAGE)
    if way.sse:
        async with sse_client(
            way.url,
            dict(way.headers),
            timeout=CONNECT_SECONDS,
            sse_read_timeout=STREAM_SECONDS,
            httpx_client_factory=partial(seen, methods=frozenset({"GET", "POST"})),
        ) as streams:
            yield streams
        return
    timeout = httpx2.Timeout(CONNECT_SECONDS, read=STREAM_SECONDS)
    # With GET a server may be asked for messages of its own, which it need not have.
    client = seen(methods=frozenset({"POST"}), headers=dict(way.headers), timeout=timeout)
    async with (
        client,
        streamable_http_client(way.url, http_client=client, max_sse_event_size=LONGEST_MESSAGE) as streams,
    ):
        yield streams
