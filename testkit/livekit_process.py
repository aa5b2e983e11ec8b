"""A livekit-server of one's own, that may be killed and started again at the same port, with the same key."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from pathlib import Path

import anyio
import psutil

from mcp_voice.embedded import LocalServer, find_or_build
from mcp_voice.embedded.keeper.files import Files
from mcp_voice.embedded.keeper.server import HOST, Server, identity_with_free_port, running_server
from mcp_voice.settings import load
from testkit.waiting import until

__all__ = ["LivekitProcess"]

START_SECONDS = 20.0


class LivekitProcess:
    """The server, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._files = Files(folder)
        self._running = ExitStack()
        self._server: Server | None = None
        self._binary = ""

    async def start(self) -> LocalServer:
        """Return once it answers."""
        if not self._binary:
            self._files.create()
            self._binary = str(await find_or_build(load(_env_file=None), progress=lambda _: None))
        return await anyio.to_thread.run_sync(self._started)

    async def answers(self) -> None:
        """Wait for that."""
        server = self._server
        assert server is not None
        await until(lambda: anyio.to_thread.run_sync(server.is_ready), limit=START_SECONDS)

    def _started(self) -> LocalServer:
        identity = identity_with_free_port(self._files)
        self._server = self._running.enter_context(running_server(self._files, identity, binary=self._binary))
        return LocalServer(f"ws://{HOST}:{identity.port}", identity.api_key, identity.api_secret)

    async def kill(self) -> None:
        """As a power cut: nobody is told."""
        if self._server is not None:
            with suppress(psutil.NoSuchProcess):
                psutil.Process(self._server.pid).kill()
        await self.stop()

    async def stop(self) -> None:
        """As an administrator stops it; nothing where it does not run."""
        self._server = None
        await anyio.to_thread.run_sync(self._running.close)
