"""Text to speech with a Piper voice on this machine: no key, no network once its files are here."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path

import anyio
from livekit.agents import APIConnectOptions, APITimeoutError, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.agents.utils import aio, shortuuid

from mcp_voice.models import PIPER
from mcp_voice.speech.child import Child, ChildGone, EngineFailed, EngineStopped, EngineUnusable
from mcp_voice.speech.frames import AUDIO, DONE, OPEN, as_json
from mcp_voice.speech.pool import Pool

__all__ = ["PiperTTS"]

log = logging.getLogger(__name__)

PROGRAM = "mcp_voice.speech.local.piper_child"
MOST_PROCESSES = 4
"""Each holds 250 MB."""
STALL_SECONDS = 20.0
"""A process is ready after 1 s, and makes the longest stretch in 1.5 s; so long without a sound means that it hangs."""
FRAME_MS = 60
UNSPEAKABLE_SECONDS = 0.1
"""Silence that stands for a text without a sound, such as "...", which is no failure."""


class PiperTTS(tts.TTS[str]):
    """A voice in child processes: one that stays, and more while several texts are spoken at once."""

    def __init__(self, model: Path, description: Path, *, sample_rate: int, name: str) -> None:
        """``model`` is the voice's ONNX file, ``description`` the JSON file beside it, of ``sample_rate`` Hz."""
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=sample_rate, num_channels=1)
        self._name = name
        size = min(os.cpu_count() or 1, MOST_PROCESSES)
        self.pool = Pool(PROGRAM, str(model), str(description), size=size, keep=1)
        self._warming: asyncio.Task[None] | None = None

    @property
    def model(self) -> str:
        """The voice's name, or where it is."""
        return self._name

    @property
    def provider(self) -> str:
        """Always ``local``."""
        return "local"

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        """Speak ``text`` as int16 mono; closing the stream stops the work."""
        return _PiperStream(tts=self, input_text=text, conn_options=conn_options)

    def prewarm(self) -> None:
        """Start a process now, so that the first text does not wait for it."""
        if self._warming is None:
            self._warming = asyncio.create_task(self._warm())

    async def _warm(self) -> None:
        try:
            await self.pool.warm()
        except (ChildGone, EngineFailed):
            log.debug("warming up failed; the first text will tell why")

    async def aclose(self) -> None:
        """End the processes; whatever is being spoken fails."""
        if self._warming is not None:
            await aio.cancel_and_wait(self._warming)
        await self.pool.aclose()


class _PiperStream(tts.ChunkedStream):
    """One text being spoken."""

    _tts: PiperTTS

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        rate = self._tts.sample_rate
        output_emitter.initialize(
            request_id=shortuuid(), sample_rate=rate, num_channels=1, mime_type="audio/pcm", frame_size_ms=FRAME_MS
        )
        try:
            async with self._tts.pool.child() as child:
                sounded = await self._speak(child, output_emitter)
        except EngineFailed as error:
            model = PIPER[self._tts.model].name if self._tts.model in PIPER else ""
            told = f"the local voice cannot speak: {error}"
            raise EngineUnusable(told, setting="MCP_VOICE_TTS", model=model) from None
        except ChildGone as error:
            raise EngineStopped(f"the local voice stopped: {error}") from None
        except TimeoutError:
            reason = f"The local voice gave no audio for {STALL_SECONDS:g} s and was stopped. Ask again."
            raise APITimeoutError(reason) from None
        if not sounded:
            output_emitter.push(bytes(int(UNSPEAKABLE_SECONDS * rate) * 2))
        output_emitter.flush()

    async def _speak(self, child: Child, output_emitter: tts.AudioEmitter) -> bool:
        """Hand the sound on; whether there was any."""
        sounded = False
        with anyio.fail_after(STALL_SECONDS) as limit:
            await child.send(OPEN, as_json({"text": _speakable(self._input_text)}))
            while (frame := await child.receive())[0] != DONE:
                limit.deadline = anyio.current_time() + STALL_SECONDS
                if frame[0] == AUDIO:
                    sounded = True
                    output_emitter.push(frame[1])
        return sounded


def _speakable(text: str) -> str:
    """Without control characters, which would end espeak-ng's text early."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
