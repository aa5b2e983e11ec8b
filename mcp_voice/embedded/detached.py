"""Start a process of ours that outlives us: the keeper of the server, and whoever builds it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import anyio

from mcp_voice.errors import EmbeddedServerError
from mcp_voice.process.locks import is_locked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["start_detached"]

START_SECONDS = 20.0
POLL_SECONDS = 0.03


def _detached() -> dict[str, Any]:
    """What makes a child survive us, our terminal and our process group."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


async def start_detached(
    command: Sequence[str], *, what: str, lock: Path, log: Path, environment: Mapping[str, str]
) -> None:
    """Start it in the log's folder; return when it, or another one, holds the lock or has ended again.

    On POSIX it has to leave a child that has the lock and end itself, so that no zombie is left; on Windows it stays.
    Raises EmbeddedServerError if ``what`` it is cannot be started, OSError where the folder cannot be used.
    """
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        process = subprocess.Popen(  # noqa: S603, ASYNC220 - our own interpreter and package; anyio's would end with us
            command,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            cwd=log.parent,
            env=environment,
            **_detached(),
        )
    except OSError as error:
        raise EmbeddedServerError(
            f"The process that {what} cannot be started: {error}.", fix="Set LIVEKIT_URL to a running server."
        ) from error
    finally:
        os.close(descriptor)
    with anyio.move_on_after(START_SECONDS):
        while process.poll() is None and not (sys.platform == "win32" and is_locked(lock)):
            await anyio.sleep(POLL_SECONDS)
