"""See, start and stop the shared livekit-server by hand: ``mcp-voice server status|start|stop``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import anyio

from mcp_voice.embedded.binary import build_progress, stop_build
from mcp_voice.embedded.folders import state_files, told
from mcp_voice.embedded.keeper.files import READY
from mcp_voice.embedded.keeper.server import HOST
from mcp_voice.embedded.launch import GRACE_SECONDS, bring_up, door, running_state
from mcp_voice.errors import EmbeddedServerError
from mcp_voice.process.locks import is_locked, locked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mcp_voice.embedded.keeper.files import Files
    from mcp_voice.settings import Settings

__all__ = ["ServerStatus", "start", "status", "stop"]

STOP_SECONDS = 15.0
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class ServerStatus:
    """The shared livekit-server as it is now; all but the paths empty while it does not run."""

    running: bool
    url: str
    pid: int
    version: str
    leases: int
    pinned: bool
    binary: str
    log: Path
    folder: Path
    stopped: bool = False
    """Whether ``stop`` has just ended one that ran."""
    building: str = ""
    """How far the build of livekit-server is, while there is one under way."""


def status(settings: Settings) -> ServerStatus:
    """Look at the shared server without changing anything; raises EmbeddedServerError if its folder is unusable."""
    files = state_files(settings)
    with told(files.folder, "MCP_VOICE_STATE_DIR"), locked(files.door, limit=1.0):
        state = running_state(files)
        leases = files.held_leases()
    up = state is not None and state.phase == READY
    return ServerStatus(
        running=up,
        url=f"ws://{HOST}:{state.port}" if state is not None and up else "",
        pid=state.server_pid if state is not None and up else 0,
        version=state.version if state is not None else "",
        leases=leases,
        pinned=files.pinned.exists(),
        binary=state.binary if state is not None else "",
        log=files.log,
        folder=files.folder,
        building="" if up else build_progress(settings),
    )


async def start(settings: Settings, *, progress: Callable[[str], None], grace: float = GRACE_SECONDS) -> ServerStatus:
    """Bring the server up and keep it up until ``stop``, lease or not; raises EmbeddedServerError."""
    files = state_files(settings)
    was_pinned = files.pinned.exists()
    async with door(files):
        with told(files.folder, "MCP_VOICE_STATE_DIR"):
            files.pinned.touch(mode=0o600)
    try:
        await bring_up(files, settings, progress=progress, grace=grace)
    except BaseException:
        if not was_pinned:
            files.pinned.unlink(missing_ok=True)
        raise
    return status(settings)


async def stop(settings: Settings) -> ServerStatus:
    """End the server now, even while others use it (they bring it up again if they still need it), and a build.

    ``stopped`` of what it gives says whether there was one to end. Raises EmbeddedServerError if it does not
    end within 15 s.
    """
    files = state_files(settings)
    with told(files.folder, "MCP_VOICE_STATE_DIR"), anyio.move_on_after(STOP_SECONDS) as limit:
        was_kept = is_locked(files.keeper)
        files.pinned.unlink(missing_ok=True)
        await stop_build(settings)
        await _stopped(files)
    if limit.cancelled_caught:
        raise EmbeddedServerError(
            f"The embedded livekit-server did not end within {STOP_SECONDS:.0f} s.", fix=f"See {str(files.log)!r}."
        )
    return replace(status(settings), stopped=was_kept)


async def _stopped(files: Files) -> None:
    while is_locked(files.keeper):
        files.stop.touch(mode=0o600)  # every time: a keeper that has just started clears it away
        await anyio.sleep(POLL_SECONDS)
