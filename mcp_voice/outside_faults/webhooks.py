"""The companion's webhooks, as a language model may say it; what to do is for the log.

Each text comes after "the service behind it ".
"""

from __future__ import annotations

from mcp_voice.outside_faults.fault import OutsideFault

__all__ = [
    "WEBHOOK",
    "WEBHOOK_REFUSED",
]

WEBHOOK: dict[str, OutsideFault] = {
    "unreachable": OutsideFault("webhook-unreachable", "cannot be reached", "{why}: does it run, at this address?"),
    "late": OutsideFault("webhook-late", "did not answer within {seconds:g} s", ""),
    "broken": OutsideFault("webhook-broken-off", "dropped the connection", "{why}"),
    "large": OutsideFault(
        "webhook-too-large",
        "answered with more than can be read",
        "over {most} bytes: shorten its answer, or raise MCP_VOICE_WEBHOOK_BYTES",
    ),
    "redirect": OutsideFault(
        "webhook-redirect",
        "answered with a redirect",
        "HTTP {status}: redirects are not followed, as the secret would be sent along: set the address it redirects to",
    ),
    "refused": OutsideFault("webhook-refused", "refused the call with HTTP {status}", "{advice}"),
    "failed": OutsideFault("webhook-failed", "failed with HTTP {status}", "see its own log"),
    "unreadable": OutsideFault(
        "webhook-unreadable", "answered with something that is not JSON", "is it a webhook at all?"
    ),
    "says": OutsideFault(
        "webhook-failed",
        "reported that it failed",
        "`{field}` of its answer says so; see its own log",
    ),
    "unmet": OutsideFault(
        "webhook-failed", "reported that it failed", "`{field}` of its answer is not what `ok_when` allows"
    ),
}
SECRET = "is MCP_VOICE_WEBHOOK_SECRET the value that the webhook expects, in the header MCP_VOICE_WEBHOOK_HEADER?"  # noqa: S105
WEBHOOK_REFUSED: dict[int, str] = {
    401: SECRET,
    403: SECRET,
    404: "is the workflow active, and is this the path and the method of its webhook?",
    405: "does the webhook expect another method?",
}
"""What to do by status."""
