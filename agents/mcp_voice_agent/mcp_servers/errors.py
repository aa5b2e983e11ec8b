"""What the SDK raises about a server, in the words of somebody who can act on it."""

from __future__ import annotations

from collections.abc import Iterator

import anyio
import httpx2
from mcp import MCPError, types

from mcp_voice.outside_faults.fault import OutsideFault
from mcp_voice.outside_faults.mcp_servers import MCP_SERVER, MCP_SERVER_REFUSED
from mcp_voice_agent.mcp_servers.fault import ServerFault
from mcp_voice_agent.mcp_servers.transport import Trace

__all__ = ["fault_of"]

REDIRECTS = range(300, 400)
NEVER_CONNECTED = (httpx2.ConnectError, httpx2.ConnectTimeout)
BROKEN = (httpx2.HTTPError, anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, ConnectionError)
LONGEST_TOLD = 500
"""Characters of a server's own words about a call that failed."""


def fault_of(error: BaseException, trace: Trace, *, calling: bool = False) -> ServerFault:
    """The fault that an error of the SDK is; ``calling``: of a server that had answered before."""
    errors = list(_leaves(error))
    known = next((each for each in errors if isinstance(each, ServerFault)), None)
    if known is not None:
        return known
    if trace.status:
        return ServerFault.of(_refused(trace.status), passing=True)
    first = errors[0]
    if isinstance(first, MCPError):
        return _answered(first, trace, calling=calling)
    kinds = ((NEVER_CONNECTED, "unreachable"), (BROKEN, "broken"), (OSError, "not-started"), (Exception, "unreadable"))
    row = next(row for kind, row in kinds if isinstance(first, kind))
    why = first.strerror if row == "not-started" and isinstance(first, OSError) else type(first).__name__
    never_sent = row in {"unreachable", "not-started"}
    return ServerFault.of(
        MCP_SERVER[row].filled(why=why), passing=row != "unreadable", in_doubt=calling and not never_sent
    )


def _answered(error: MCPError, trace: Trace, *, calling: bool) -> ServerFault:
    if error.code == types.CONNECTION_CLOSED:
        if trace.words.ended.is_set() or trace.words.text:
            row = MCP_SERVER["ended"].filled(words=trace.words.text)
        else:
            row = MCP_SERVER["broken"].filled(why="see its own log")
        return ServerFault.of(row, passing=True, in_doubt=calling)
    if calling:
        # What it says of it is data of its own: for the model to correct the call, not for a log.
        told = str(error)[:LONGEST_TOLD]
        return ServerFault.of(MCP_SERVER["refuses-call"].filled(code=error.code), told=told)
    return ServerFault.of(MCP_SERVER["unreadable"].filled(why=f"JSON-RPC error {error.code}"), passing=True)


def _refused(status: int) -> OutsideFault:
    if status in REDIRECTS:
        return MCP_SERVER["redirect"].filled(status=status)
    return MCP_SERVER["refused"].filled(status=status, advice=MCP_SERVER_REFUSED.get(status, "see its own log"))


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error
