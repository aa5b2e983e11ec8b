"""The certificate authorities that providers' HTTP trusts: read once for a process, where no room waits for it."""

from __future__ import annotations

import ssl
from functools import cache

import httpx2
from livekit.agents.utils import http_context

__all__ = ["certificates", "read_certificates"]


@cache
def certificates() -> ssl.SSLContext:
    """For clients of httpx2: 20 ms of the event loop, seconds on a busy machine, and each microphone has a client."""
    return httpx2.create_ssl_context()


def read_certificates() -> None:
    """Read those that clients of httpx2 and of LiveKit's own HTTP session use; from then on nothing of it is read."""
    certificates()
    http_context._create_ssl_context()  # noqa: SLF001  # quirk: job-certificates
