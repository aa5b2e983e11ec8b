"""Whether everything that mcp-voice is made of can be loaded."""

from __future__ import annotations

import importlib
import sys

import anyio

from mcp_voice.doctor.problem import Problem
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice.speech.catalogue import preload

__all__ = ["LIBRARIES", "LIVE"]

LOAD_SECONDS = 30.0
LIVE = "mcp_voice.doctor.live"


async def libraries(visit: Visit) -> Found:
    """Import LiveKit's packages and the chosen providers' plugins."""
    try:
        # In a thread, so that the limit holds.
        await anyio.to_thread.run_sync(importlib.import_module, LIVE, abandon_on_cancel=True)
        for choice in (visit.stt, visit.tts):
            if choice is not None:
                await preload(choice)
    except ImportError as error:
        raise Problem("library", why=error) from None
    version = ".".join(map(str, sys.version_info[:3]))
    return Found(f"LiveKit and the plugins, on Python {version}")


LIBRARIES = (Step("libraries", "all parts load", libraries, LOAD_SECONDS, own_time=True),)
