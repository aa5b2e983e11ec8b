"""The companion's MCP servers, as a language model may say it; cause and fix are for the log and doctor.

Each text comes after "the service behind it ".
"""

from __future__ import annotations

from mcp_voice.outside_faults.fault import OutsideFault

__all__ = ["MCP_SERVER", "MCP_SERVER_REFUSED", "SEE_LOG"]

SEE_LOG = "Look at its log"
MCP_SERVER: dict[str, OutsideFault] = {
    "missing": OutsideFault(
        "mcp-server-not-started",
        "could not be started",
        "Install it, or give its absolute path as `command`: nothing is started by name from the working directory",
        "there is no program {program!r} on PATH outside the working directory",
    ),
    "not-started": OutsideFault(
        "mcp-server-not-started", "could not be started", "Check its `command` and `cwd`", "{why}"
    ),
    "ended": OutsideFault(
        "mcp-server-ended", "ended", "Run its command by hand to see more", "its last words were {words!r}"
    ),
    "ended-unheard": OutsideFault(
        "mcp-server-ended",
        "ended",
        "Run its command by hand to see them, or allow them in the log with MCP_VOICE_LOG_SPEECH",
        "its last words may be those of a human, and are not logged",
    ),
    "unreachable": OutsideFault("mcp-server-unreachable", "cannot be reached", "Start it, or correct `url`", "{why}"),
    "late": OutsideFault(
        "mcp-server-late",
        "did not answer within {seconds:g} s",
        "Check its log, or allow more with `timeout`, in milliseconds",
    ),
    "refused": OutsideFault("mcp-server-refused", "refused the request with HTTP {status}", "{advice}"),
    "redirect": OutsideFault(
        "mcp-server-refused",
        "answered with a redirect",
        "Set the `url` it redirects to",
        "HTTP {status}; redirects to another origin are not followed, because the headers would be sent along",
    ),
    "broken": OutsideFault("mcp-server-broken-off", "dropped the connection", SEE_LOG, "{why}"),
    "unreadable": OutsideFault(
        "mcp-server-unreadable", "answered with something that is not MCP", "Check that it is an MCP server", "{why}"
    ),
    "too-long": OutsideFault(
        "mcp-server-unreadable",
        "answered with more than is accepted",
        "Have it return less",
        "the limit is {most} bytes per message, uncompressed",
    ),
    "says": OutsideFault("mcp-server-tool-failed", "reported that it failed", SEE_LOG),
    "refuses-call": OutsideFault("mcp-server-tool-failed", "refused the call", SEE_LOG, "JSON-RPC error {code}"),
    "ourselves": OutsideFault(
        "mcp-server-ourselves",
        "is mcp-voice itself",
        "Take it out of MCP_VOICE_AGENT_MCP_FILE",
        "a companion does not ask the room that it speaks in",
    ),
}
MCP_SERVER_REFUSED: dict[int, str] = {
    401: "Check its `headers`",
    403: "Check its `headers`",
    404: "Check that `url` has the path of its MCP endpoint",
    405: "Check its `type` (http or sse), and that `url` has the path of its MCP endpoint",
}
"""What to do by status."""
