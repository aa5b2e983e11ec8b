"""Opens the store that is set."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError as RedisUnreachable

from mcp_voice.errors import BadSettings
from mcp_voice.settings import Settings
from mcp_voice.store.redis import RedisStore
from mcp_voice.store.redis_commands import CALL_SECONDS, Commands
from mcp_voice.store.redis_watches import Watches
from mcp_voice.store.sealing import sealing
from mcp_voice.store.seam import LEASE_SECONDS
from mcp_voice.store.users import keep_signed
from mcp_voice.tasks import owned_tasks

__all__ = ["open_commands", "open_store", "signed_store"]

CLOSE_SECONDS = 1.0
TRIES = 4
FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")


@asynccontextmanager
async def open_store(settings: Settings, *, lease_seconds: float = LEASE_SECONDS) -> AsyncIterator[RedisStore]:
    """The Redis of ``MCP_VOICE_STORE``, which need not be there yet; raises BadSettings where none can be meant."""
    url = settings.store.get_secret_value()
    async with open_commands(settings) as commands, _client(url, tries=0) as for_watches, owned_tasks() as tasks:
        watches = Watches(for_watches)
        tasks.start_soon(watches.run)
        try:
            yield RedisStore(
                commands,
                watches,
                sealing(settings.store_key.get_secret_value()),
                keep_seconds=settings.keep_seconds,
                lease_seconds=lease_seconds,
            )
        finally:
            tasks.cancel_scope.cancel()


@asynccontextmanager
async def signed_store(settings: Settings) -> AsyncIterator[RedisStore]:
    """The same for a process that stays: others are told that it uses the store, and it warns of who shares nothing."""
    async with open_store(settings) as store, owned_tasks() as tasks:
        tasks.start_soon(keep_signed, store.users)
        try:
            yield store
        finally:
            tasks.cancel_scope.cancel()


@asynccontextmanager
async def open_commands(settings: Settings) -> AsyncIterator[Commands]:
    """The same Redis for single commands."""
    url = settings.store.get_secret_value()
    _check(url)
    async with _client(url, tries=TRIES) as client, owned_tasks() as tasks:
        commands, until_left = Commands(client, address=_address(url)), anyio.CancelScope(shield=True)

        async def run() -> None:
            # A process that is cancelled as a whole still has to give back what is open.
            with until_left:
                await commands.run()

        tasks.start_soon(run)
        try:
            yield commands
        finally:
            until_left.cancel()


@asynccontextmanager
async def _client(url: str, *, tries: int) -> AsyncIterator[Redis]:
    """A client of that Redis, which connects when it is used, and so often again."""
    retry = Retry(ExponentialBackoff(cap=0.4, base=0.05), tries, supported_errors=(RedisUnreachable,))
    if not tries:
        retry = Retry(NoBackoff(), 0, supported_errors=(RedisUnreachable,))
    limits: Mapping[str, Any] = {
        # Every use has a limit of its own; one of theirs takes a task for each command that is sent.
        "socket_timeout": None,
        "socket_connect_timeout": CALL_SECONDS,
        # The second version of the protocol: every server has it.
        "protocol": 2,
        "retry": retry,
    }
    redis = Redis(connection_pool=ConnectionPool.from_url(url, **limits))
    try:
        yield redis
    finally:
        with anyio.move_on_after(CLOSE_SECONDS, shield=True):
            await redis.aclose()
            await redis.connection_pool.disconnect()


def _check(url: str) -> None:
    if not url:
        raise BadSettings("MCP_VOICE_STORE is not set.", fix="Set it to a Redis that the processes share.")
    for option, (value, *_) in parse_qs(urlsplit(url).query).items():
        if option in FILES and not Path(value).is_file():
            raise BadSettings(f"The file that MCP_VOICE_STORE names as {option} is missing.", fix="Correct its path.")


def _address(url: str) -> str:
    """Host and port of a store, as an error may tell them."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return parts.path
    return f"{parts.hostname}:{parts.port or 6379}"
