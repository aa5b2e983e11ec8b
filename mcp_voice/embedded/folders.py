"""Where the embedded server's files are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path, user_state_path

from mcp_voice.embedded.keeper.files import Files
from mcp_voice.errors import EmbeddedServerError

if TYPE_CHECKING:
    from mcp_voice.settings import Settings

__all__ = ["cache_folder", "state_files"]

APP = "mcp-voice"


def state_files(settings: Settings) -> Files:
    """The embedded server's private folder, made if it is missing; raises EmbeddedServerError."""
    top = settings.state_dir or user_state_path(APP, appauthor=False)
    files = Files(top.expanduser().absolute() / "livekit-server")
    try:
        files.create()
        owner = files.folder.stat().st_uid
    except OSError as error:
        raise _unusable("state", files.folder, "MCP_VOICE_STATE_DIR", error.strerror or str(error)) from error
    if hasattr(os, "getuid") and owner != os.getuid():
        raise _unusable("state", files.folder, "MCP_VOICE_STATE_DIR", "it belongs to another user")
    return files


def cache_folder(settings: Settings) -> Path:
    """The folder for the built livekit-server, made if it is missing; raises EmbeddedServerError."""
    folder = (settings.cache_dir or user_cache_path(APP, appauthor=False)).expanduser().absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable("cache", folder, "MCP_VOICE_CACHE_DIR", error.strerror or str(error)) from error
    return folder


def _unusable(kind: str, folder: Path, variable: str, why: str) -> EmbeddedServerError:
    return EmbeddedServerError(
        f"The embedded server's {kind} folder {str(folder)!r} cannot be used: {why}. "
        f"Set {variable} to a folder that you own, or LIVEKIT_URL to a server that runs."
    )
