"""What goes wrong with a Redis, in our words; nothing of what it says is repeated, which may hold keys and values."""

from __future__ import annotations

import re
from collections.abc import Mapping

from redis.exceptions import AuthenticationError, BusyLoadingError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeout

from mcp_voice.errors import SHOWS_MORE, StoreError
from mcp_voice.store.refusals import not_ours

__all__ = ["FAULTS", "code_of", "store_error"]

CHECK = f"Check that Redis is running, and MCP_VOICE_STORE; {SHOWS_MORE}."
BROKEN = "BROKEN"
"""What our script says of values that it has not written."""
CODE = re.compile(r"(?:^|: -)([A-Z]{3,}) ")
"""As an error begins; what a script of ours has met stands further on in Redis 6.2: ``ERR Error running script (call to
f_…): @user_script:9: @user_script: 9: -READONLY You can't write against a read only replica.``"""
NOT_NOW = ("accepts no commands now", "Try again; its log says more.")
UNREACHABLE: Mapping[str, tuple[str, str]] = {
    "NOPERM": ("denies access", "Give the user of MCP_VOICE_STORE ~mcp-voice:* &mcp-voice:* +@all -@dangerous."),
    "READONLY": ("is a read-only replica", "Try again: another one may take over."),
    "MOVED": ("is part of a Redis Cluster", "Set MCP_VOICE_STORE to a Redis without cluster mode."),
    "MASTERDOWN": NOT_NOW,
    "CLUSTERDOWN": NOT_NOW,
    "TRYAGAIN": NOT_NOW,
    "NOREPLICAS": NOT_NOW,
    "UNKILLABLE": NOT_NOW,
    "BUSY": NOT_NOW,
}
"""By how an error begins: what that is, and what to do."""
MANY = "max number of clients reached"
"""What redis-py makes a ConnectionError of."""


def code_of(answer: object) -> str:
    """How an answer begins that is an error, such as ``READONLY``; else empty."""
    if not isinstance(answer, ResponseError):
        return ""
    found = CODE.search(str(answer))
    # redis-py takes those that it knows out of the text.
    return found[1] if found else answer.status_code or ""


def store_error(error: Exception, *, address: str) -> StoreError:
    """What a Redis at this address (without a login) answered, or did not."""
    redis = f"Redis at {address}"
    if isinstance(error, RedisTimeout | TimeoutError):
        return _late(address)
    if isinstance(error, AuthenticationError):
        return _unreachable(f"{redis} denies access.", "Correct the user and password of MCP_VOICE_STORE.")
    if isinstance(error, BusyLoadingError):
        return _unreachable(f"{redis} is still loading its data.", "Try again in a moment.")
    if isinstance(error, ResponseError):
        return _answered(error, redis)
    if MANY in str(error):
        return _unreachable(f"{redis} has as many clients as it takes.", "Raise its maxclients: a process needs two.")
    return _unreachable(f"{redis} cannot be reached.", CHECK)


def _late(address: str) -> StoreError:
    """It did not answer in time."""
    return StoreError(
        f"Redis at {address} did not answer in time.",
        fix=f"Try again; check its load; {SHOWS_MORE}.",
        code="store-late",
    )


def _answered(error: ResponseError, redis: str) -> StoreError:
    text, code = str(error), code_of(error)
    if code == "OOM":
        return StoreError(
            f"{redis} has no memory left.", fix="Raise its maxmemory, or ask again later.", code="store-full"
        )
    if code == "MISCONF":
        return StoreError(
            f"{redis} cannot write to its disk.", fix="Free some space there; its log says more.", code="store-full"
        )
    if BROKEN in text or "WRONGTYPE" in text:
        return not_ours()
    if code in UNREACHABLE:
        what, fix = UNREACHABLE[code]
        return _unreachable(f"{redis} {what}.", fix)
    return StoreError(f"{redis} failed.", fix=f"Its log says more; {SHOWS_MORE}.")


def _unreachable(what: str, fix: str) -> StoreError:
    return StoreError(what, fix=fix, code="store-unreachable")


FAULTS: tuple[type[Exception], ...] = (RedisError, OSError, TimeoutError)
"""All that a call of redis-py raises where it is not our own mistake."""
