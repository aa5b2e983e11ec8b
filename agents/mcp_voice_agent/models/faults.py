"""Which part of a conversation an error of LiveKit's has cost, and what kind of error it was."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any, Literal

import aiohttp
from livekit.agents import APIConnectionError, APITimeoutError, ErrorEvent, llm, stt, tts

__all__ = ["FailingPart", "FaultKind", "failing_part", "fault_kind"]

FailingPart = Literal["stt", "llm", "tts"]
FaultKind = Literal["quota", "auth", "timeout", "connection", "server", "bad-request", "other"]
"""``quota``: too many requests, or no credit left; ``auth``: the key; ``server``: 5xx; ``bad-request``: other 4xx."""

STATUS: MappingProxyType[int, FaultKind] = MappingProxyType(
    {401: "auth", 402: "quota", 403: "auth", 408: "timeout", 429: "quota", 504: "timeout"}
)
QUOTA_CODES = ("insufficient_quota", "rate_limit_exceeded", "billing_hard_limit_reached", "credit_balance_too_low")
"""Providers that answer with another status, or begin to answer, tell it by one of these."""
DEEPEST = 10
"""Causes that are looked at; a chain may be a ring."""


def failing_part(event: ErrorEvent) -> FailingPart | None:
    """The part that has failed for good in this turn; None if it is tried again, or is none of the three."""
    error = event.error
    if not isinstance(error, stt.STTError | llm.LLMError | tts.TTSError) or error.recoverable:
        return None
    return "stt" if isinstance(error, stt.STTError) else "llm" if isinstance(error, llm.LLMError) else "tts"


def fault_kind(error: BaseException) -> FaultKind:
    """What kind of failure it was; the status that a provider answered with counts before anything else."""
    chain = list(_causes(error))
    if any(_says_quota(getattr(each, "body", None)) for each in chain):
        return "quota"
    for each in chain:
        status = _status(each)
        if status is not None:
            return STATUS.get(status) or ("bad-request" if status < 500 else "server")  # noqa: PLR2004  # HTTP's own
    if any(isinstance(each, APITimeoutError | TimeoutError | asyncio.TimeoutError) for each in chain):
        return "timeout"
    if any(isinstance(each, APIConnectionError | aiohttp.ClientError | OSError) for each in chain):
        return "connection"
    return "other"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(DEEPEST):
        if error is None:
            return
        yield error
        error = error.__cause__


def _status(error: BaseException) -> int | None:
    """An HTTP status of an error (LiveKit's ``status_code``, aiohttp's ``status``); WebSocket codes are none."""
    found = getattr(error, "status_code", getattr(error, "status", None))
    return found if isinstance(found, int) and 400 <= found < 600 else None  # noqa: PLR2004  # HTTP's own


def _says_quota(body: Any) -> bool:
    """Whether an answer names one of the codes, as OpenAI's errors do, with or without ``error`` around them."""
    inner = body.get("error", body) if isinstance(body, dict) else None
    return isinstance(inner, dict) and any(inner.get(key) in QUOTA_CODES for key in ("code", "type"))
