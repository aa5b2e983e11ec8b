"""Text to speech with espeak-ng: no key, no network, no sound device. Robotic, but at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from livekit.agents import APIConnectionError, APIConnectOptions, APITimeoutError, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.agents.utils import aio, shortuuid

from mcp_voice.speech.child import Child, ChildGone, EngineFailed, EngineStopped, EngineUnusable, start_child
from mcp_voice.speech.frames import AUDIO, DONE, OPEN, as_json

__all__ = ["SAMPLE_RATE", "OfflineTTS"]

log = logging.getLogger(__name__)

SAMPLE_RATE = 22_050
"""Hz; what every espeak-ng voice speaks at."""
STALL_SECONDS = 5.0
"""espeak-ng speaks a thousand times faster than it is heard; so long without a sample means that it hangs."""
CANCEL_SECONDS = 1.0
FRAME_MS = 60
UNSPEAKABLE_SECONDS = 0.1
"""Silence that stands for a text without a sound, such as "...", which is no failure."""


class OfflineTTS(tts.TTS[str]):
    """espeak-ng in a child process that is started once, reused, and started again after a crash."""

    def __init__(self, *, voice: str = "en-us+f3", rate: int = 150) -> None:
        """``voice`` is espeak-ng's name with an optional variant; ``rate`` is in words per minute.

        Of 12 answers a recogniser understood 10 from this voice, 7 from plain ``en-us`` at 165.
        """
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=SAMPLE_RATE, num_channels=1)
        self._voice = voice
        self._rate = rate
        self._child: Child | None = None
        self._turn = asyncio.Lock()
        self._warming: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def model(self) -> str:
        """The espeak-ng voice."""
        return self._voice

    @property
    def provider(self) -> str:
        """Always ``offline``."""
        return "offline"

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        """Speak ``text`` as 22,050 Hz int16 mono; closing the stream stops the work."""
        return _OfflineStream(tts=self, input_text=text, conn_options=conn_options)

    def prewarm(self) -> None:
        """Start the process now, so that the first text is spoken within milliseconds."""
        if self._warming is None and self._child is None:
            self._warming = asyncio.create_task(self._warm())

    async def _warm(self) -> None:
        try:
            async with self.child():
                pass
        except APIConnectionError:
            log.debug("warming up failed; the first text will tell why")

    async def aclose(self) -> None:
        """End the process; whatever is being spoken fails."""
        self._closed = True
        if self._warming is not None:
            await aio.cancel_and_wait(self._warming)
        if self._child is not None:
            child, self._child = self._child, None
            await child.aclose()

    @asynccontextmanager
    async def child(self) -> AsyncIterator[Child]:
        """The process, for one text; one that fails or is left hanging is ended. Raises APIConnectionError."""
        async with self._turn:
            if self._closed:
                raise APIConnectionError("The offline voice has been closed. Make a new one.", retryable=False)
            try:
                if self._child is None or not self._child.alive or self._child.is_stopped:
                    await self._drop()
                    self._child = await start_child("mcp_voice.speech.espeak_child", self._voice, str(self._rate))
                yield self._child
            except ChildGone as error:
                await self._drop()
                raise EngineStopped(f"the offline voice stopped: {error}") from None
            except EngineFailed as error:
                await self._drop()
                raise EngineUnusable(f"the offline voice cannot speak: {error}", setting="MCP_VOICE_TTS") from None
            except TimeoutError:
                await self._drop()
                reason = f"The offline voice gave no audio for {STALL_SECONDS:g} s and was stopped. Ask again."
                raise APITimeoutError(reason) from None

    async def _drop(self) -> None:
        if self._child is not None:
            child, self._child = self._child, None
            child.kill()
            await child.aclose()

    async def settle(self, child: Child) -> None:
        """Stop the text under way; a process that does not obey is ended."""
        if not await child.settle(seconds=CANCEL_SECONDS):
            with anyio.CancelScope(shield=True):
                await self._drop()


class _OfflineStream(tts.ChunkedStream):
    """One text being spoken."""

    _tts: OfflineTTS

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id=shortuuid(),
            sample_rate=SAMPLE_RATE,
            num_channels=1,
            mime_type="audio/pcm",
            frame_size_ms=FRAME_MS,
        )
        async with self._tts.child() as child:
            done = silent = False
            try:
                await child.send(OPEN, as_json({"text": _speakable(self._input_text)}))
                silent = True
                while True:
                    with anyio.fail_after(STALL_SECONDS):
                        kind, payload = await child.receive()
                    if kind == DONE:
                        done = True
                        break
                    if kind == AUDIO:
                        silent = False
                        output_emitter.push(payload)
                if silent:
                    output_emitter.push(bytes(int(UNSPEAKABLE_SECONDS * SAMPLE_RATE) * 2))
            except asyncio.CancelledError:
                if not done:
                    await self._tts.settle(child)
                raise
        output_emitter.flush()


def _speakable(text: str) -> str:
    """Without control characters, which would end espeak-ng's text early."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
