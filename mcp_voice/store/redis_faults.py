"""What goes wrong with a Redis, in our words; nothing of what it says is repeated, which may hold keys and values."""

from __future__ import annotations

from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    MovedError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import TimeoutError as RedisTimeout

from mcp_voice.errors import SHOWS_MORE, StoreError
from mcp_voice.store.refusals import not_ours

__all__ = ["FAULTS", "store_error"]

CHECK = f"Check that Redis runs, and MCP_VOICE_STORE; {SHOWS_MORE}."
BROKEN = "BROKEN"
"""What our script says of values that it has not written."""


STATES: tuple[tuple[type[Exception], str, str], ...] = (
    (AuthenticationError, "refuses us", "Correct the user and password of MCP_VOICE_STORE."),
    (NoPermissionError, "refuses us", "Give the user of MCP_VOICE_STORE ~mcp-voice:* &mcp-voice:* +@all -@dangerous."),
    (BusyLoadingError, "is still loading its data", "Try again in a moment."),
    (ReadOnlyError, "is a read-only replica", "Try again: another one may take over."),
    (MovedError, "is part of a Redis Cluster", "Set MCP_VOICE_STORE to a Redis without cluster mode."),
)


def store_error(error: Exception, *, address: str) -> StoreError:
    """What a Redis at this address (without a login) answered, or did not."""
    redis = f"Redis at {address}"
    if isinstance(error, RedisTimeout | TimeoutError):
        return _late(address)
    for kind, what, fix in STATES:
        if isinstance(error, kind):
            return _unreachable(f"{redis} {what}.", fix)
    if isinstance(error, ResponseError):
        return _answered(error, redis)
    return _unreachable(f"{redis} cannot be reached.", CHECK)


def _late(address: str) -> StoreError:
    """It did not answer in time."""
    return StoreError(
        f"Redis at {address} did not answer in time.",
        fix=f"Try again; look at its load; {SHOWS_MORE}.",
        code="store-late",
    )


def _answered(error: ResponseError, redis: str) -> StoreError:
    text = str(error)
    if isinstance(error, OutOfMemoryError) or "OOM " in text:
        return StoreError(
            f"{redis} has no memory left.", fix="Raise its maxmemory, or ask again later.", code="store-full"
        )
    if "MISCONF" in text:
        return StoreError(
            f"{redis} cannot write to its disk.", fix="Free some space there; its log says more.", code="store-full"
        )
    if BROKEN in text or "WRONGTYPE" in text:
        return not_ours()
    if text.startswith(("MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "NOREPLICAS", "NOAUTH", "UNKILLABLE", "BUSY")):
        return _unreachable(f"{redis} accepts no commands now.", "Try again; its log says more.")
    return StoreError(f"{redis} failed.", fix=f"Its log says more; {SHOWS_MORE}.")


def _unreachable(what: str, fix: str) -> StoreError:
    return StoreError(what, fix=fix, code="store-unreachable")


FAULTS: tuple[type[Exception], ...] = (RedisError, OSError, TimeoutError)
"""All that a call of redis-py raises where it is not our own mistake."""
