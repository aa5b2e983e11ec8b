"""LiveKit, connecting and its server API; each text comes after "LiveKit at {url} "."""

from __future__ import annotations

from mcp_voice.errors import SHOWS_MORE
from mcp_voice.outside_faults.fault import OutsideFault

__all__ = [
    "API_FAULTS",
    "API_STATUS",
    "JOINING",
    "JOIN_LATE",
    "JOIN_REFUSED",
]

CHECK = f"Check LIVEKIT_URL and that the server is up; {SHOWS_MORE}"
REFUSED = OutsideFault(
    "refused",
    "refuses the connection: nothing listens there",
    f"Start the server, or correct LIVEKIT_URL; {SHOWS_MORE}",
)
JOINING: tuple[tuple[str, OutsideFault], ...] = (
    (
        "invalid API key",
        OutsideFault(
            "unknown-key",
            "does not know the API key",
            f"Set LIVEKIT_API_KEY to a key of that server; {SHOWS_MORE}",
        ),
    ),
    (
        "invalid token",
        OutsideFault(
            "wrong-secret",
            "rejects the token (401)",
            f"Set LIVEKIT_API_SECRET to the secret of that key, or compare the clocks; {SHOWS_MORE}",
        ),
    ),
    (
        "401",
        OutsideFault(
            "token-refused",
            "rejects the credentials (401)",
            f"Check LIVEKIT_API_KEY and LIVEKIT_API_SECRET; {SHOWS_MORE}",
        ),
    ),
    (
        "403",
        OutsideFault("token-refused", "denies access (403)", f"Check the permissions of LIVEKIT_API_KEY; {SHOWS_MORE}"),
    ),
    ("404", OutsideFault("not-livekit", "is not a LiveKit server (404)", f"Check LIVEKIT_URL; {SHOWS_MORE}")),
    ("refused", REFUSED),
    (
        "lookup",
        OutsideFault("dns", "cannot be found by name", f"Correct the host in LIVEKIT_URL, or check DNS; {SHOWS_MORE}"),
    ),
    (
        "InvalidContentType",
        OutsideFault(
            "tls-on-plain-port",
            "does not speak TLS there",
            f"Use ws:// instead of wss:// in LIVEKIT_URL; {SHOWS_MORE}",
        ),
    ),
    (
        "parse the url",
        OutsideFault(
            "bad-address",
            "is not a usable address",
            f"LIVEKIT_URL must look like wss://host or ws://host:7880; {SHOWS_MORE}",
        ),
    ),
    (
        "timed out",
        OutsideFault(
            "no-answer",
            "does not answer",
            f"Check LIVEKIT_URL, and that no firewall is in between; {SHOWS_MORE}",
        ),
    ),
)
"""What stands in the text of ``rtc.ConnectError``; the first that fits."""
JOIN_REFUSED = OutsideFault("join-refused", "refused the connection ({why})", f"Check LIVEKIT_URL; {SHOWS_MORE}")
JOIN_LATE = OutsideFault(
    "join-late",
    "did not let mcp-voice join within {seconds:.0f} s",
    f"Check LIVEKIT_URL and that the server is up, then try again; {SHOWS_MORE}",
)
API_FAULTS: dict[str, OutsideFault] = {
    "late": OutsideFault("no-answer", "did not answer within {seconds:.0f} s", CHECK),
    "dns": OutsideFault("dns", "cannot be found by name", f"Correct the host. {CHECK}"),
    "refused": REFUSED,
    "broken": OutsideFault("unreachable", "cannot be reached ({why})", CHECK),
    "unreadable": OutsideFault("not-livekit", "sent an answer that cannot be read", CHECK),
}
"""The server API, which is plain HTTP."""
API_STATUS: dict[str, OutsideFault] = {
    "401": OutsideFault(
        "token-refused",
        "rejects the key (401)",
        "Set LIVEKIT_API_KEY and LIVEKIT_API_SECRET to a pair of that server; if they are right, compare the clocks of "
        f"both machines. {SHOWS_MORE}",
    ),
    "404": OutsideFault("not-livekit", "is not a LiveKit server (404)", CHECK),
    "other": OutsideFault("api-refused", "answered {code} ({status})", CHECK),
}
