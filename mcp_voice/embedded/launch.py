"""Bring the shared livekit-server up: through the keeper that runs, or through a new one."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio
import psutil

from mcp_voice.embedded.binary import Binary, locate
from mcp_voice.embedded.detached import start_detached
from mcp_voice.embedded.folders import told
from mcp_voice.embedded.keeper.files import FAILED, READY, Files, KeeperState
from mcp_voice.embedded.keeper.server import HOST
from mcp_voice.errors import EmbeddedServerError
from mcp_voice.process.isolation import child_environment, module_command
from mcp_voice.process.locks import is_locked, try_lock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from mcp_voice.settings import Settings

__all__ = ["GRACE_SECONDS", "LocalServer", "bring_up", "door", "running_state"]

# Long enough for the next command of a script, short enough not to be found in ps an hour later.
GRACE_SECONDS = 10.0
DOOR_SECONDS = 10.0
# livekit-server answers 0.1 s after its start (measured); the keeper needs 0.1 s and tries four times.
READY_SECONDS = 60.0
SPAWNS = 3
ANSWER_SECONDS = 2.0
POLL_SECONDS = 0.03
KEEPER = "mcp_voice.embedded.keeper"


@dataclass(frozen=True)
class LocalServer:
    """The embedded livekit-server: where it is, and the key and secret that open it."""

    url: str
    api_key: str
    api_secret: str = field(repr=False)


@asynccontextmanager
async def door(files: Files) -> AsyncIterator[None]:
    """Hold the lock behind which leases are taken and given up; raises EmbeddedServerError after 10 s."""
    lock = None
    with told(files.folder, "MCP_VOICE_STATE_DIR"), anyio.move_on_after(DOOR_SECONDS):
        while (lock := try_lock(files.door)) is None:
            await anyio.sleep(POLL_SECONDS)
    if lock is None:
        raise EmbeddedServerError(
            f"The embedded server's lock {str(files.door)!r} has been held for {DOOR_SECONDS:.0f} s: a process of "
            "mcp-voice seems to be suspended.",
            fix="Resume or end it and try again.",
        )
    try:
        yield
    finally:
        lock.release()


def running_state(files: Files) -> KeeperState | None:
    """What the keeper says, if one is alive."""
    state = files.read_state() if is_locked(files.keeper) else None
    # a new keeper takes the lock before it overwrites what one that was killed has left
    return state if state is not None and psutil.pid_exists(state.keeper_pid) else None


async def bring_up(
    files: Files, settings: Settings, *, progress: Callable[[str], None], grace: float, address: str = ""
) -> LocalServer:
    """Wait until the server answers, starting a keeper (and building a binary) if there is none.

    The caller holds a lease, or has pinned the server, so that it does not end meanwhile. ``grace`` is how long a
    keeper that is started here waits for a next lease, in seconds. Raises EmbeddedServerError within about a minute
    (a build apart). It takes media at ``address`` too, where that is not empty; the lease has to want that.
    """
    with told(files.folder, "MCP_VOICE_STATE_DIR"):
        return await _bring_up(files, settings, progress=progress, grace=grace, address=address)


async def _bring_up(
    files: Files, settings: Settings, *, progress: Callable[[str], None], grace: float, address: str
) -> LocalServer:
    """The same; raises OSError where the folder cannot be used, which is why no keeper stays, if it is."""
    for spawned in range(SPAWNS + 1):
        server = await _awaited(files, address)
        if server is not None:
            return server
        state = files.read_state()
        if spawned and state is not None and state.phase == FAILED:
            files.probe()
            raise EmbeddedServerError(
                f"The embedded livekit-server ({state.binary}) does not stay up: {state.problem or 'no reason given'}.",
                fix=f"See {str(files.log)!r}, or set LIVEKIT_URL to a running server.",
            )
        if spawned < SPAWNS:
            binary = await locate(settings, progress=progress)
            progress("starting livekit-server")
            await _spawn(files, binary=binary, grace=grace)
    files.probe()
    raise EmbeddedServerError(
        f"The process that keeps the embedded livekit-server ended {SPAWNS} times right after starting.",
        fix=f"See {str(files.log)!r}, or set LIVEKIT_URL to a running server.",
    )


async def _awaited(files: Files, address: str) -> LocalServer | None:
    """The server, as soon as it answers; None as soon as there is no keeper."""
    with anyio.move_on_after(READY_SECONDS):
        while is_locked(files.keeper):
            server = await _answering(files, address)
            if server is not None:
                return server
            await anyio.sleep(POLL_SECONDS)
        return None
    raise EmbeddedServerError(
        f"The embedded livekit-server did not answer within {READY_SECONDS:.0f} s.",
        fix=f"See {str(files.log)!r}, or stop it with `mcp-voice server stop` and try again.",
    )


async def _answering(files: Files, address: str) -> LocalServer | None:
    """The server, if the keeper says that it is up, at that address too, and it does answer now."""
    state, identity = running_state(files), files.read_identity()
    if state is None or identity is None or state.phase != READY:
        return None
    if address and address not in state.addresses.split(","):
        return None
    with anyio.move_on_after(ANSWER_SECONDS):
        try:
            async with await anyio.connect_tcp(HOST, state.port) as connection:
                await connection.send(f"GET / HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
                if (await connection.receive()).startswith(b"HTTP/"):
                    return LocalServer(f"ws://{HOST}:{state.port}", identity.api_key, identity.api_secret)
        except (OSError, anyio.EndOfStream, anyio.BrokenResourceError):
            return None
    return None


async def _spawn(files: Files, *, binary: Binary, grace: float) -> None:
    """Start a keeper and return when it, or another one, holds the keeper's lock or has ended again."""
    await start_detached(
        module_command(KEEPER, str(files.folder), str(binary.path), binary.version, str(grace)),
        what="keeps the embedded livekit-server",
        lock=files.keeper,
        log=files.log,
        # Not the providers' keys, which it does not need, and not LIVEKIT_* and the like, with which livekit-server
        # would override its configuration.
        environment=child_environment(python=True),
    )
