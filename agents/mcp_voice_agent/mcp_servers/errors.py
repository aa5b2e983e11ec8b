"""What the SDK raises about a server, in the words of somebody who can act on it."""

from __future__ import annotations

import anyio
import httpx2
from mcp import MCPError, types

from mcp_voice.outside_faults.fault import OutsideFault
from mcp_voice.outside_faults.mcp_servers import MCP_SERVER, MCP_SERVER_REFUSED, SEE_LOG
from mcp_voice.tasks import leaves
from mcp_voice_agent.mcp_servers.exchange import HttpExchange
from mcp_voice_agent.mcp_servers.fault import ServerFault
from mcp_voice_agent.mcp_servers.transport import LONGEST_MESSAGE, Trace

__all__ = ["ended", "fault_of"]

REDIRECTS = range(300, 400)
BROKEN_DOWN = 500
UNDONE_OR_NOT = (types.INTERNAL_ERROR, types.PARSE_ERROR)
"""Something broke on the way; the SDK says so, too, of an answer that it cannot read."""
NEVER_CONNECTED = (httpx2.ConnectError, httpx2.ConnectTimeout)
BROKEN = (httpx2.HTTPError, anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, ConnectionError)
LONGEST_TOLD = 500
"""Characters of a server's own words about a call that failed."""


def fault_of(
    error: BaseException, trace: Trace, exchange: HttpExchange | None = None, *, calling: bool = False
) -> ServerFault:
    """The fault that an error of the SDK is.

    Args:
        error: What was raised.
        trace: Of the connection.
        exchange: Of the request that failed; None for one that connects.
        calling: Whether it is a tool's, of a server that had answered before.
    """
    errors = list(leaves(error))
    known = next((each for each in errors if isinstance(each, ServerFault)), None)
    if known is not None:
        return known
    if (seen := _seen(exchange or trace.exchange, calling=calling)) is not None:
        return seen
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


def _seen(exchange: HttpExchange, *, calling: bool) -> ServerFault | None:
    """What HTTP said of it; a gateway that gives up knows nothing of what the server behind it still does."""
    if exchange.status:
        in_doubt = calling and exchange.status >= BROKEN_DOWN
        return ServerFault.of(_refused(exchange.status), passing=True, in_doubt=in_doubt)
    if exchange.too_long:
        return ServerFault.of(MCP_SERVER["too-long"].filled(most=LONGEST_MESSAGE), in_doubt=calling)
    if exchange.strange and calling:
        why = "another type than JSON or events"
        return ServerFault.of(MCP_SERVER["unreadable"].filled(why=why), in_doubt=True)
    return None


def _answered(error: MCPError, trace: Trace, *, calling: bool) -> ServerFault:
    if error.code == types.CONNECTION_CLOSED:
        is_gone = trace.words.ended.is_set() or trace.words.text
        row = ended(trace) if is_gone else MCP_SERVER["broken"].filled(why="")
        return ServerFault.of(row, passing=True, in_doubt=calling)
    if calling:
        # What it says of it is data of its own: for the model to correct the call, not for a log.
        told = str(error)[:LONGEST_TOLD]
        row = MCP_SERVER["refuses-call"].filled(code=error.code)
        return ServerFault.of(row, told=told, in_doubt=error.code in UNDONE_OR_NOT)
    return ServerFault.of(MCP_SERVER["unreadable"].filled(why=f"JSON-RPC error {error.code}"), passing=True)


def ended(trace: Trace) -> OutsideFault:
    """That its program is gone, with its last words if they can be told."""
    words = trace.words
    return MCP_SERVER["ended-unheard"] if words.withheld else MCP_SERVER["ended"].filled(words=words.text)


def _refused(status: int) -> OutsideFault:
    if status in REDIRECTS:
        return MCP_SERVER["redirect"].filled(status=status)
    return MCP_SERVER["refused"].filled(status=status, advice=MCP_SERVER_REFUSED.get(status, SEE_LOG))
