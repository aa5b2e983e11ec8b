"""Use the shared livekit-server for a while."""

from __future__ import annotations

import os
import secrets
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from mcp_voice.embedded.folders import state_files, told
from mcp_voice.embedded.keeper.files import write_private
from mcp_voice.embedded.launch import GRACE_SECONDS, LocalServer, bring_up, door
from mcp_voice.errors import EmbeddedServerError
from mcp_voice.process.locks import try_lock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from mcp_voice.embedded.keeper.files import Files
    from mcp_voice.settings import Settings

__all__ = ["embedded_server", "ensure"]


def _silent(_line: str) -> None:
    """Where progress goes that nobody wants."""


@asynccontextmanager
async def embedded_server(
    settings: Settings, *, progress: Callable[[str], None] = _silent, grace: float = GRACE_SECONDS
) -> AsyncIterator[LocalServer]:
    """Use the shared local livekit-server, starting (and building) it if needed; holds a lease while open.

    ``progress`` gets a line now and then while something slow goes on. ``grace``, in seconds, is how long the server
    stays up after the last lease, if it is started here. Raises EmbeddedServerError.
    """
    files = state_files(settings)
    async with _lease(files, address=settings.page_host):
        yield await bring_up(files, settings, progress=progress, grace=grace, address=settings.page_host)


async def ensure(
    settings: Settings, *, progress: Callable[[str], None] = _silent, grace: float = GRACE_SECONDS
) -> LocalServer:
    """Make sure that the server answers, within an open ``embedded_server``; for when LiveKit was lost.

    Port and key are the same as before, unless another program has taken the port meanwhile. Raises
    EmbeddedServerError.
    """
    files = state_files(settings)
    return await bring_up(files, settings, progress=progress, grace=grace, address=settings.page_host)


@asynccontextmanager
async def _lease(files: Files, *, address: str) -> AsyncIterator[None]:
    """Hold a lock of our own in the leases' folder; it goes when we do, even by a crash.

    ``address`` is one at which media is wanted beside the loopback, as long as we hold it; empty: none.
    """
    path = files.leases / f"{os.getpid()}-{secrets.token_hex(4)}.lease"
    async with door(files):
        with told(files.folder, "MCP_VOICE_STATE_DIR"):
            lock = try_lock(path)
    if lock is None:
        raise EmbeddedServerError(
            f"The lease {str(path)!r} is held by a process that is not one of mcp-voice.",
            fix="Set MCP_VOICE_STATE_DIR to a folder that nothing else uses, or LIVEKIT_URL to a running server.",
            code="server-folder",
        )
    wanted = path.with_suffix(".address")
    try:
        if address:
            with told(files.folder, "MCP_VOICE_STATE_DIR"):
                write_private(wanted, address)
        yield
    finally:
        lock.release()
        for each in (path, wanted):
            with suppress(OSError):  # the keeper may have been quicker
                each.unlink()
