"""Asking a provider until it has answered: what is only slow is waited for, what fails is asked once more.

One that says when to come back is asked then. At an address where nothing listens a service may be starting again.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import anyio
from livekit.agents import APIError, APIStatusError, APITimeoutError

from mcp_voice.speech.provider_http import Refused

__all__ = ["Attempts", "persistently", "retry_after"]

HANGING_SECONDS = 60.0
"""A request without an answer for so long, or for half of the time that there is, may be lost: it is sent again."""
LEAST_PAUSE = 0.5
REFUSED_PAUSE = 1.0
STARTING_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""How long a service that is started again may be away: 15 s."""
AWAY = frozenset({"ConnectError", "ConnectTimeout", "ClientConnectorError", "ClientConnectorDNSError"})
"""What the clients under the plugins raise where nothing listens, by name: which of them is in use varies."""
LATER = frozenset({429, 503})
"""Statuses that may come with Retry-After."""

T = TypeVar("T")


class Attempts:
    """What has come of the requests so far."""

    def __init__(self, *, refused_pause: float = REFUSED_PAUSE) -> None:
        """``refused_pause``: seconds after which what was refused, or broke off, is tried once more."""
        self._refused_pause = refused_pause
        self._refused = 0
        self._away = 0

    def pause(self, error: Exception) -> float | None:
        """Seconds after which it is worth asking again; None where it is not."""
        if any(isinstance(each, Refused) for each in _chain(error)):
            return None
        names = {type(each).__name__ for each in _chain(error)}
        if names & AWAY:
            self._away += 1
            return STARTING_PAUSES[self._away - 1] if self._away <= len(STARTING_PAUSES) else None
        if isinstance(error, TimeoutError | APITimeoutError):
            return 0.0
        told = retry_after(error)
        if told is not None:
            return max(LEAST_PAUSE, told)
        self._refused += 1
        return self._refused_pause if self._refused == 1 else None


async def persistently(ask: Callable[[], Awaitable[T]], *, seconds: float) -> T:
    """What ``ask`` gives, within so many seconds; raises what it raised last."""
    attempts, until = Attempts(), time.monotonic() + seconds
    limit = min(HANGING_SECONDS, seconds / 2)
    while True:
        try:
            with anyio.fail_after(limit):
                return await ask()
        except (APIError, TimeoutError) as error:
            pause = attempts.pause(error)
            left = until - time.monotonic()
            if pause is None or pause >= left:
                if isinstance(error, APIError):
                    error.retryable = False  # LiveKit would begin all over again
                raise
        await anyio.sleep(pause)
        limit = left - pause


def retry_after(error: Exception) -> float | None:
    """Seconds after which the provider wants to be asked again, if it says so (RFC 9110, section 10.2.3)."""
    if not isinstance(error, APIStatusError) or error.status_code not in LATER:
        return None
    responses = (getattr(each, "response", None) for each in _chain(error))
    headers: Mapping[str, str] = next((each.headers for each in responses if each is not None), {})
    told = headers.get("retry-after", "").strip()
    if told.isdecimal() and told.isascii():
        return float(told)
    try:
        at = parsedate_to_datetime(told)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that it came of; LiveKit's plugins hide some of them from tracebacks."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
