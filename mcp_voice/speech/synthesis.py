"""A sentence on its way from text to sound, begun before anybody can hear it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
from livekit import rtc
from livekit.agents import APIConnectOptions
from livekit.agents.utils import http_context

from mcp_voice.errors import TTSError
from mcp_voice.markup import spoken_form
from mcp_voice.owned import owned_tasks
from mcp_voice.speech.faults import tts_fault

if TYPE_CHECKING:
    from livekit.agents import tts

__all__ = ["Synthesis", "synthesis"]

FIRST_FRAME_SECONDS = 15.0
NEXT_FRAME_SECONDS = 10.0
TEXT_BEGINNINGS = (b"<!doctype", b"<html", b'{"error')
"""What a web server answers when it knows nothing of speech; played as samples it would be a crackle, and no error."""
QUICK_RETRY = APIConnectOptions(max_retry=1, retry_interval=0.3, timeout=10.0)


class Synthesis:
    """The frames of one sentence, as they come; satisfies ``link.Speech``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.error: TTSError | None = None
        # Kept whole, because a sentence that broke off with the connection is spoken again. Two thousand characters are
        # some 150 s of speech, 7 MB: small enough to let synthesis run ahead freely.
        self._frames: list[rtc.AudioFrame] = []
        self._whole = False
        self._changed = anyio.Event()

    async def frames(self) -> AsyncIterator[rtc.AudioFrame]:
        """The audio from its beginning (int16 PCM mono, at the engine's own rate).

        Ends early if synthesis fails: see ``error``.
        """
        position = 0
        while position < len(self._frames) or not self._whole:
            if position < len(self._frames):
                yield self._frames[position]
                position += 1
            else:
                await self._changed.wait()

    async def run(self, engine: tts.TTS[Any], *, provider: str, key: str) -> None:
        """Fill the frames; the owner task is that of ``synthesis``."""
        try:
            await self._produce(engine)
        except Exception as error:  # noqa: BLE001  # whatever a plugin raises ends in the one sentence of an error
            self.error = tts_fault(error, provider=provider, key=key)
        finally:
            self._whole = True
            self._notify()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()

    async def _produce(self, engine: tts.TTS[Any]) -> None:
        sounded = False
        async with engine.synthesize(spoken_form(self.text) or self.text, conn_options=QUICK_RETRY) as stream:
            chunks = aiter(stream)
            while True:
                with anyio.fail_after(NEXT_FRAME_SECONDS if sounded else FIRST_FRAME_SECONDS):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    break
                if not sounded and bytes(chunk.frame.data).lstrip().lower().startswith(TEXT_BEGINNINGS):
                    raise TTSError(
                        "TTS answered with a web page instead of sound. Check the base URL, and the model and voice in "
                        "MCP_VOICE_TTS."
                    )
                sounded = sounded or chunk.frame.samples_per_channel > 0
                self._frames.append(chunk.frame)
                self._notify()
        if not sounded:
            raise TTSError("TTS sent no audio for the text. Check the voice in MCP_VOICE_TTS, or try again.")


@asynccontextmanager
async def synthesis(engine: tts.TTS[Any], text: str, *, provider: str, key: str) -> AsyncIterator[Synthesis]:
    """Begin to synthesize at once; leaving the block ends the synthesis."""
    speech = Synthesis(text)
    # Plugins that use aiohttp take their client from this context; outside a LiveKit job there is none.
    async with http_context.open(), owned_tasks() as tasks:
        tasks.start_soon(lambda: speech.run(engine, provider=provider, key=key))
        yield speech
        tasks.cancel_scope.cancel()
