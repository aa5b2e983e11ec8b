"""What kind of failure a provider's error was, as the counters tell it."""

from __future__ import annotations

import aiohttp
import pytest
from livekit.agents import APIConnectionError, APIError, APIStatusError, APITimeoutError
from yarl import URL

from mcp_voice_agent.models.faults import FaultKind, fault_kind


def status(code: int, body: object = None) -> APIStatusError:
    """An answer with an HTTP status, as LiveKit's plugins raise it."""
    return APIStatusError("no", status_code=code, body=body)


def after(attempts: Exception, cause: Exception) -> Exception:
    """An error whose cause is another one."""
    attempts.__cause__ = cause
    return attempts


def refused_handshake(code: int) -> aiohttp.WSServerHandshakeError:
    """What a WebSocket's client raises that was answered with a status."""
    info = aiohttp.RequestInfo(URL("wss://example.com"), "GET", headers=None, real_url=URL("wss://example.com"))  # type: ignore[arg-type]
    return aiohttp.WSServerHandshakeError(info, (), status=code)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (status(429), "quota"),
        (status(402), "quota"),
        (status(403, {"code": "insufficient_quota"}), "quota"),
        (APIError("no", body={"error": {"type": "insufficient_quota", "code": None}}), "quota"),
        (status(401), "auth"),
        (status(403), "auth"),
        (status(408), "timeout"),
        (status(504), "timeout"),
        (APITimeoutError(), "timeout"),
        (TimeoutError(), "timeout"),
        (APIConnectionError(), "connection"),
        (aiohttp.ServerDisconnectedError(), "connection"),
        (ConnectionResetError(), "connection"),
        (status(500), "server"),
        (status(503), "server"),
        (status(404), "bad-request"),
        (status(422, {"code": "no_such_voice"}), "bad-request"),
        (status(-1), "other"),
        (APIError("no audio frames"), "other"),
        (ValueError("the language model answered with nothing"), "other"),
    ],
    ids=repr,
)
def test_a_providers_error_has_a_kind(error: Exception, kind: FaultKind) -> None:
    """By the status that it answered with, else by what became of the connection."""
    assert fault_kind(error) == kind


def test_the_cause_counts_where_an_error_only_counts_the_attempts() -> None:
    """LiveKit's last error says that there was no connection, whatever the provider had answered."""
    assert fault_kind(after(APIConnectionError("failed after 4 attempts"), status(429))) == "quota"
    assert fault_kind(after(APIConnectionError("failed after 4 attempts"), APITimeoutError())) == "timeout"
    assert fault_kind(after(APIConnectionError("failed to connect"), refused_handshake(401))) == "auth"


def test_a_chain_of_causes_that_is_a_ring_has_an_end() -> None:
    """What a plugin raises is not ours to trust."""
    first, second = ValueError("one"), ValueError("other")
    first.__cause__, second.__cause__ = second, first
    assert fault_kind(first) == "other"
