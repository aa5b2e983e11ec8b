"""The livekit-server that a distribution of ours holds, ``mcp-voice-livekit-server``, where that is installed."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

__all__ = ["PROGRAM", "packaged"]

NAME = "mcp_voice_livekit_server"
PROGRAM = f"bin/livekit-server{'.exe' if sys.platform == 'win32' else ''}"


def packaged() -> Path | None:
    """The program's path, or None; imports nothing."""
    try:
        spec = importlib.util.find_spec(NAME)
    except (ImportError, ValueError):
        return None
    places = spec.submodule_search_locations if spec else None
    return next((path for each in places or () if (path := Path(each, PROGRAM)).is_file()), None)
