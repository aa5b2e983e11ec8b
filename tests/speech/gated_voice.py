"""A voice whose requests the test answers when it wants to, and somebody who listens to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from livekit import rtc
from livekit.agents import APIConnectOptions, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

from mcp_voice.audio import Pcm
from mcp_voice.speech.synthesis import Synthesis, synthesis
from mcp_voice.tasks import owned_tasks
from testkit.babble import babble
from testkit.stubs import StubTTS
from testkit.waiting import until

__all__ = ["LIMIT", "PADDING", "SENTENCE", "TEXT", "Gated", "Listener", "listening", "quick", "speaking"]
SENTENCE = "The migration of the accounts table has finished without any error. "
TEXT = SENTENCE * 5
LIMIT = 10.0
PADDING = 0.4
"""Seconds by which LiveKit rounds frames up, for all parts together; much less than one of them lasts."""


def quick(text: str) -> Pcm:
    """A voice in a hurry: 70 letters take 1.4 s."""
    return babble(text, character_seconds=0.02)


class Gated(StubTTS):
    """A voice that makes each part when the test lets it; ``faults`` has errors by number of the request."""

    def __init__(self, *, free: int = 0, faults: dict[int, Exception] | None = None) -> None:
        super().__init__(speak=quick)
        self.free = free
        self.faults = faults or {}

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        """Begin."""
        self.texts.append(text)
        return _GatedSpeech(self, text, conn_options, number=len(self.texts))


class _GatedSpeech(tts.ChunkedStream):
    def __init__(self, engine: Gated, text: str, options: APIConnectOptions, *, number: int) -> None:
        super().__init__(tts=engine, input_text=text, conn_options=options)
        self._engine = engine
        self._number = number

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        await until(lambda: self._engine.free >= self._number, limit=LIMIT)
        if (fault := self._engine.faults.get(self._number)) is not None:
            raise fault
        output_emitter.initialize(
            request_id=f"request-{self._number}", sample_rate=24_000, num_channels=1, mime_type="audio/pcm"
        )
        output_emitter.push(self._engine.speak(self.input_text).samples.tobytes())
        output_emitter.flush()


class Listener:
    """Takes sound as LiveKit does: all there is."""

    def __init__(self, frames: AsyncIterator[rtc.AudioFrame]) -> None:
        self.seconds = 0.0
        self.over = False
        self._frames = frames

    async def run(self) -> None:
        """Listen to the end."""
        async for frame in self._frames:
            self.seconds += frame.duration
        self.over = True


@asynccontextmanager
async def speaking(voice: StubTTS, text: str = TEXT) -> AsyncIterator[Synthesis]:
    """Its synthesis."""
    async with synthesis(voice, text, provider="stub", key="STUB_KEY") as speech:
        yield speech


@asynccontextmanager
async def listening(frames: AsyncIterator[rtc.AudioFrame]) -> AsyncIterator[Listener]:
    """Listen while the block lasts."""
    listener = Listener(frames)
    async with owned_tasks() as tasks:
        tasks.start_soon(listener.run)
        yield listener
        tasks.cancel_scope.cancel()
