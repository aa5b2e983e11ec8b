"""The companion's MCP servers, as a language model may say it; what to do is for the log.

Each text comes after "the service behind it ".
"""

from __future__ import annotations

from mcp_voice.outside_faults.fault import OutsideFault

__all__ = ["MCP_SERVER", "MCP_SERVER_REFUSED"]

MCP_SERVER: dict[str, OutsideFault] = {
    "missing": OutsideFault(
        "mcp-server-not-started",
        "could not be started",
        "there is no program {program!r} on PATH: install it, or give its absolute path as `command`",
    ),
    "not-started": OutsideFault(
        "mcp-server-not-started", "could not be started", "{why}: are its `command` and `cwd` there?"
    ),
    "ended": OutsideFault(
        "mcp-server-ended", "ended", "its last words were {words!r}: run its command by hand to see more"
    ),
    "ended-unheard": OutsideFault(
        "mcp-server-ended",
        "ended",
        "its last words may be those of a human, and are logged with MCP_VOICE_LOG_SPEECH only: or run its command by "
        "hand to see them",
    ),
    "unreachable": OutsideFault("mcp-server-unreachable", "cannot be reached", "{why}: does it run, at this `url`?"),
    "late": OutsideFault(
        "mcp-server-late",
        "did not answer within {seconds:g} s",
        "see its own log, or allow it more with `timeout`, in milliseconds",
    ),
    "refused": OutsideFault("mcp-server-refused", "refused us with HTTP {status}", "{advice}"),
    "redirect": OutsideFault(
        "mcp-server-refused",
        "answered with a redirect",
        "HTTP {status}: redirects to another origin are not followed, because the headers would go along: set the "
        "`url` that it leads to",
    ),
    "broken": OutsideFault("mcp-server-broken-off", "broke the connection off", "{why}"),
    "unreadable": OutsideFault(
        "mcp-server-unreadable", "answered with something that is not MCP", "{why}: is it an MCP server at all?"
    ),
    "too-long": OutsideFault(
        "mcp-server-unreadable",
        "answered with more than can be taken",
        "a message may have {most} bytes, uncompressed: have it answer with less",
    ),
    "says": OutsideFault("mcp-server-tool-failed", "answered that it failed", "see its own log"),
    "refuses-call": OutsideFault(
        "mcp-server-tool-failed", "refused the call", "JSON-RPC error {code}: see its own log"
    ),
    "ourselves": OutsideFault(
        "mcp-server-ourselves",
        "is mcp-voice itself",
        "a companion does not ask the room that it speaks in: take this server out of MCP_VOICE_AGENT_MCP_FILE",
    ),
}
MCP_SERVER_REFUSED: dict[int, str] = {
    401: "are its `headers` right?",
    403: "are its `headers` right?",
    404: "is this the path of its MCP endpoint?",
    405: "is its `type` right (http or sse), and this the path of its MCP endpoint?",
}
"""What to do by status."""
