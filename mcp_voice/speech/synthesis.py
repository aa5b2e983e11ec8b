"""A sentence on its way from text to sound, begun before anybody can hear it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
from livekit import rtc
from livekit.agents import APIConnectOptions

from mcp_voice.errors import TTSError
from mcp_voice.markup import spoken_form
from mcp_voice.owned import owned_tasks
from mcp_voice.speech.faults import tts_fault
from mcp_voice.speech.plausible import A_TEXT, TOO_LONG, TOO_SHORT, is_text, plausible
from mcp_voice.speech.provider_http import provider_http

if TYPE_CHECKING:
    from livekit.agents import tts

__all__ = ["Synthesis", "synthesis"]

FIRST_SOUND_SECONDS = 60.0
"""Unless the settings say otherwise."""
NEXT_FRAME_SECONDS = 10.0
GRACE_SECONDS = 20.0
"""For so long a voice may lag behind; after that it must give half a second of sound a second, or it has no end."""
SLOWEST = 0.5
TOO_SLOW = (
    "TTS sends its sound too slowly: {seconds:.1f} s of it in {waited:.0f} s. Check the server, or another provider "
    "in MCP_VOICE_TTS."
)
BROKE_OFF = "TTS broke off in the middle of the text. Speak it again, or use another provider in MCP_VOICE_TTS."
QUICK_RETRY = APIConnectOptions(max_retry=1, retry_interval=0.3, timeout=10.0)


class Synthesis:
    """The frames of one sentence, as they come; satisfies ``link.Speech``."""

    def __init__(self, text: str, *, first_sound_seconds: float = FIRST_SOUND_SECONDS) -> None:
        """``first_sound_seconds``: how long the first sound may take."""
        self.text = text
        self.first_sound_seconds = first_sound_seconds
        self.error: TTSError | None = None
        # Kept whole, because a sentence that broke off with the connection is spoken again. Two thousand characters are
        # some 150 s of speech, 7 MB: small enough to let synthesis run ahead freely. What is not plausible is cut off.
        self._frames: list[rtc.AudioFrame] = []
        self._seconds = 0.0
        self._began_at = 0.0
        self._whole = False
        self._request = ""
        self._heard = False
        self._changed = anyio.Event()

    async def frames(self) -> AsyncIterator[rtc.AudioFrame]:
        """The audio from its beginning (int16 PCM mono, at the engine's own rate).

        Ends early if synthesis fails: see ``error``.
        """
        position = 0
        while position < len(self._frames) or not self._whole:
            if position < len(self._frames):
                self._heard = True
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
        text = spoken_form(self.text) or self.text
        bounds = plausible(text)
        async with engine.synthesize(text, conn_options=QUICK_RETRY) as stream:
            chunks = aiter(stream)
            while True:
                with anyio.fail_after(NEXT_FRAME_SECONDS if sounded else self.first_sound_seconds):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    break
                if not sounded and is_text(bytes(chunk.frame.data)):
                    raise TTSError(f"TTS {A_TEXT}.")
                if chunk.frame.samples_per_channel > 0:
                    sounded = True
                    self._follow(chunk.request_id)
                    self._take(chunk.frame, most=bounds.most)
        if not sounded:
            raise TTSError("TTS sent no audio for the text. Check the voice in MCP_VOICE_TTS, or try again.")
        if self._seconds < bounds.least:
            raise TTSError(f"TTS {TOO_SHORT.format(seconds=self._seconds, characters=len(self.text))}.")

    def _follow(self, request: str) -> None:
        """LiveKit asks again where a voice breaks off: forget the part, or raise TTSError if it was listened to."""
        if self._request and request != self._request:
            if self._heard:
                raise TTSError(BROKE_OFF)
            self._frames.clear()
            self._seconds = 0.0
        self._request = request

    def _take(self, frame: rtc.AudioFrame, *, most: float) -> None:
        """Keep a frame; raises TTSError when it is too much, or comes too late."""
        now = time.monotonic()
        self._began_at = self._began_at or now
        self._seconds += frame.duration
        if self._seconds > most:
            self._frames.clear()  # Nobody is to hear more of it.
            raise TTSError(f"TTS {TOO_LONG.format(seconds=most, characters=len(self.text))}.")
        if (waited := now - self._began_at) > GRACE_SECONDS + self._seconds / SLOWEST:
            raise TTSError(TOO_SLOW.format(seconds=self._seconds, waited=waited))
        self._frames.append(frame)
        self._notify()


@asynccontextmanager
async def synthesis(
    engine: tts.TTS[Any],
    text: str,
    *,
    provider: str,
    key: str,
    first_sound_seconds: float = FIRST_SOUND_SECONDS,
) -> AsyncIterator[Synthesis]:
    """Begin to synthesize at once; leaving the block ends the synthesis."""
    speech = Synthesis(text, first_sound_seconds=first_sound_seconds)
    # Plugins that use aiohttp take their client from this context; outside a LiveKit job there is none.
    async with provider_http(), owned_tasks() as tasks:
        tasks.start_soon(lambda: speech.run(engine, provider=provider, key=key))
        yield speech
        tasks.cancel_scope.cancel()
