"""Where the embedded server's files are."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path, user_state_path

from mcp_voice.embedded.keeper.files import Files
from mcp_voice.errors import EmbeddedServerError
from mcp_voice.process.locks import NO_LOCKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcp_voice.settings import Settings

__all__ = ["cache_folder", "state_files", "state_folder", "told"]

APP = "mcp-voice"
FULL = {getattr(errno, name) for name in ("ENOSPC", "EDQUOT") if hasattr(errno, name)}
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def state_files(settings: Settings) -> Files:
    """The embedded server's private folder, made if it is missing; raises EmbeddedServerError."""
    files = Files(_top(settings.state_dir, user_state_path, "MCP_VOICE_STATE_DIR") / "livekit-server")
    with told(files.folder, "MCP_VOICE_STATE_DIR"):
        files.create()
        _check_owner(files.folder, "MCP_VOICE_STATE_DIR")
    return files


def state_folder(settings: Settings) -> Path:
    """The folder for what is kept between runs, made if it is missing; raises EmbeddedServerError."""
    return state_files(settings).folder.parent


def cache_folder(settings: Settings) -> Path:
    """The folder for the built livekit-server, made if it is missing; raises EmbeddedServerError."""
    folder = _top(settings.cache_dir, user_cache_path, "MCP_VOICE_CACHE_DIR")
    with told(folder, "MCP_VOICE_CACHE_DIR"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_owner(folder, "MCP_VOICE_CACHE_DIR")
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode & OTHERS_WRITE and hasattr(os, "getuid"):
            # what is in there will be run
            folder.chmod(mode & ~OTHERS_WRITE)
    return folder


def _top(given: Path | None, usual: Callable[..., Path], variable: str) -> Path:
    try:
        return (given or usual(APP, appauthor=False)).expanduser().absolute()
    except RuntimeError as error:
        why = "the user has no home folder"
        raise _unusable(given or Path("~"), variable, why, "Set {} to one that you own") from error


@contextmanager
def told(folder: Path, variable: str) -> Iterator[None]:
    """Say of a folder that cannot be used why, and what to do: raises EmbeddedServerError for an OSError."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            why, instead = f"the disk is full ({error.strerror})", "Free some space on it, or set {} to another disk's"
        elif error.errno in NO_LOCKS:
            why, instead = str(error.strerror), "Set {} to a folder on a local disk"
        else:
            why, instead = error.strerror or str(error), "Set {} to one that you own"
        raise _unusable(folder, variable, why, instead) from error


def _check_owner(folder: Path, variable: str) -> None:
    if hasattr(os, "getuid") and folder.stat().st_uid != os.getuid():
        raise _unusable(folder, variable, "it belongs to another user", "Set {} to one that you own")


def _unusable(folder: Path, variable: str, why: str, instead: str) -> EmbeddedServerError:
    return EmbeddedServerError(
        f"The embedded server's folder {str(folder)!r} cannot be used: {why}.",
        fix=f"{instead.format(variable)}, or LIVEKIT_URL to a running server.",
        code="server-folder",
    )
