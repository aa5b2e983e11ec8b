"""The voices by themselves: from the text to the first samples, without a room."""

from __future__ import annotations

import time
from typing import Any

from livekit.agents.tts import TTS
from livekit.agents.utils import http_context

from benchmarks.exchange import QUESTION
from benchmarks.stage import OFFLINE, Stage
from mcp_voice.settings import Settings, load
from mcp_voice.speech.catalogue import choose, make_tts, preload

__all__ = ["first_bytes"]


async def first_bytes(stage: Stage, *, samples: int) -> dict[str, list[float]]:
    """Milliseconds to the first frame, of the stub behind the openai plugin and of the offline voice."""
    stub = {"openai_base_url": stage.models.base_url, "tts": "openai/tts-1:alloy"}
    return {
        "ours": await _first_bytes(load(_env_file=None, **stub), samples),
        "offline": await _first_bytes(load(_env_file=None, tts=OFFLINE["MCP_VOICE_TTS"]), samples),
    }


async def _first_bytes(settings: Settings, samples: int) -> list[float]:
    choice = choose(settings, "tts")
    await preload(choice)
    async with http_context.open():
        engine = make_tts(settings, choice)
        try:
            await _first_byte(engine)  # It opens a connection, or starts a child process.
            return [await _first_byte(engine) for _ in range(samples)]
        finally:
            await engine.aclose()


async def _first_byte(engine: TTS[Any]) -> float:
    begun = time.monotonic()
    async with engine.synthesize(QUESTION) as frames:
        async for _ in frames:
            return round((time.monotonic() - begun) * 1000, 1)
    raise RuntimeError("The voice gave no sound.")
