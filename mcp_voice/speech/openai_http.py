"""The HTTP client with which OpenAI's API, and whatever is compatible with it, is asked for speech."""

from __future__ import annotations

import httpx2

from mcp_voice.speech.certificates import certificates
from mcp_voice.speech.provider_http import AnswerLimit, guard, patient

__all__ = ["openai_http"]

TIMEOUT = httpx2.Timeout(connect=15.0, read=5.0, write=5.0, pool=5.0)
"""As the plugin sets it for a client of its own."""


def openai_http(answer: AnswerLimit, seconds: float, *, most_connections: int | None) -> httpx2.AsyncClient:
    """A client that waits so many seconds for each part of an answer; ``most_connections`` may be in use at once."""
    limits = httpx2.Limits(max_connections=most_connections, max_keepalive_connections=50, keepalive_expiry=120)
    # Without certificates of its own: reading them takes 20 to 40 ms of the event loop for each room of a worker.
    http = httpx2.AsyncClient(verify=certificates(), timeout=TIMEOUT, follow_redirects=True, limits=limits)
    guard(http, answer)
    patient(http, seconds)
    return http
