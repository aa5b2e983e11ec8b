"""Speech providers that answer at once: LiveKit's classes with nothing behind them but the table of known clips.

What they cost is what they are told to cost, so that benchmarks measure us, and turn taking is tested on its own.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Callable

import numpy as np
from livekit import rtc
from livekit.agents import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, APIConnectOptions, LanguageCode, NotGivenOr, stt, tts
from livekit.agents.utils import AudioBuffer, combine_frames

from mcp_voice.audio import Pcm
from testkit.babble import babble
from testkit.clip_match import AUDIBLE_RMS, ClipMatch

__all__ = ["OnlyStreams", "StreamingStubSTT", "StubSTT", "StubTTS"]

TTS_RATE = 24_000
STT_RATE = 16_000
LANGUAGE = LanguageCode("en")
INTERIM_SECONDS = 0.3
PAUSE_SECONDS = 0.3
"""Silence after which a streaming provider calls a segment final."""
LEAD_SECONDS = 0.3


class StubTTS(tts.TTS[str]):
    """Speaks any text; the whole sound comes at once, ``first_byte`` seconds after the request.

    ``speak`` makes the sound, by default ``babble``: 55 ms for each character. Set ``error`` to fail instead.
    """

    def __init__(self, *, first_byte: float = 0.0, speak: Callable[[str], Pcm] = babble) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=TTS_RATE, num_channels=1)
        self.first_byte = first_byte
        self.speak = speak
        self.error: Exception | None = None
        self.texts: list[str] = []
        """Every text that was asked for."""

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        """Begin to speak."""
        self.texts.append(text)
        return _StubSpeech(self, text, conn_options)


class _StubSpeech(tts.ChunkedStream):
    def __init__(self, engine: StubTTS, text: str, conn_options: APIConnectOptions) -> None:
        super().__init__(tts=engine, input_text=text, conn_options=conn_options)
        self._engine = engine

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        await asyncio.sleep(self._engine.first_byte)
        if self._engine.error is not None:
            raise self._engine.error
        output_emitter.initialize(
            request_id=uuid.uuid4().hex, sample_rate=TTS_RATE, num_channels=1, mime_type="audio/pcm"
        )
        output_emitter.push(self._engine.speak(self.input_text).resampled(TTS_RATE).samples.tobytes())
        output_emitter.flush()


class StubSTT(stt.STT[str]):
    """Reads whole segments: the words of the known clips that are in them, ``delay`` seconds later."""

    def __init__(self, *, delay: float = 0.0, match: ClipMatch | None = None) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=False, interim_results=False))
        self.delay = delay
        self.match = match or ClipMatch()
        self.error: Exception | None = None

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions,
    ) -> stt.SpeechEvent:
        await asyncio.sleep(self.delay)
        if self.error is not None:
            raise self.error
        return _event(stt.SpeechEventType.FINAL_TRANSCRIPT, self.match.words(_pcm(combine_frames(buffer))))


class OnlyStreams(stt.STT[str]):
    """What all recognisers have in common that cannot be asked about a whole sound; ``stream`` is theirs to make."""

    def __init__(self) -> None:
        super().__init__(
            capabilities=stt.STTCapabilities(streaming=True, interim_results=True, offline_recognize=False)
        )

    async def _recognize_impl(
        self, buffer: AudioBuffer, *, language: NotGivenOr[str] = NOT_GIVEN, conn_options: APIConnectOptions
    ) -> stt.SpeechEvent:
        raise NotImplementedError("It only streams.")


class StreamingStubSTT(OnlyStreams):
    """Listens all the time: interim words every 0.3 s, final ones ``delay`` seconds after a pause of 0.3 s."""

    def __init__(self, *, delay: float = 0.0, match: ClipMatch | None = None) -> None:
        super().__init__()
        self.delay = delay
        self.match = match or ClipMatch()
        self.error: Exception | None = None

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        """Begin to listen."""
        return _StubListening(self, conn_options)


class _StubListening(stt.RecognizeStream):
    def __init__(self, engine: StreamingStubSTT, conn_options: APIConnectOptions) -> None:
        super().__init__(stt=engine, conn_options=conn_options, sample_rate=STT_RATE)
        self._engine = engine
        self._due: asyncio.Queue[tuple[float, stt.SpeechEvent]] = asyncio.Queue()

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(self._send_when_due())
            await self._listen()
            await self._due.join()
            sending.cancel()

    async def _send_when_due(self) -> None:
        while True:
            due, event = await self._due.get()
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            self._event_ch.send_nowait(event)
            self._due.task_done()

    async def _listen(self) -> None:
        heard = _Segment()
        async for item in self._input_ch:
            if self._engine.error is not None:
                raise self._engine.error
            if not isinstance(item, rtc.AudioFrame):
                continue
            was_speaking = heard.speaking
            heard.add(_pcm(item))
            if heard.speaking and not was_speaking:
                self._put(stt.SpeechEventType.START_OF_SPEECH)
            elif heard.speaking and heard.quiet >= PAUSE_SECONDS:
                text = self._engine.match.words(heard.sound())
                if text:
                    self._put(stt.SpeechEventType.FINAL_TRANSCRIPT, text, delay=self._engine.delay)
                self._put(stt.SpeechEventType.END_OF_SPEECH, delay=self._engine.delay)
                heard = _Segment()
            elif heard.interim_due():
                self._put(stt.SpeechEventType.INTERIM_TRANSCRIPT, self._engine.match.words(heard.sound()))

    def _put(self, kind: stt.SpeechEventType, text: str = "", *, delay: float = 0.0) -> None:
        self._due.put_nowait((time.monotonic() + delay, _event(kind, text)))


class _Segment:
    """The sound since the last segment ended, of silence only the last 0.3 s."""

    def __init__(self) -> None:
        self._frames: deque[Pcm] = deque()
        self._since_interim = 0.0
        self.speaking = False
        self.quiet = 0.0

    def add(self, frame: Pcm) -> None:
        loud = frame.rms >= AUDIBLE_RMS
        self.speaking = self.speaking or loud
        self.quiet = 0.0 if loud else self.quiet + frame.seconds
        self._since_interim += frame.seconds if self.speaking else 0.0
        self._frames.append(frame)
        if not self.speaking and len(self._frames) * frame.seconds > LEAD_SECONDS:
            self._frames.popleft()

    def interim_due(self) -> bool:
        if self._since_interim < INTERIM_SECONDS:
            return False
        self._since_interim = 0.0
        return True

    def sound(self) -> Pcm:
        return Pcm(np.concatenate([frame.samples for frame in self._frames]), STT_RATE)


def _event(kind: stt.SpeechEventType, text: str) -> stt.SpeechEvent:
    return stt.SpeechEvent(type=kind, alternatives=[stt.SpeechData(language=LANGUAGE, text=text)] if text else [])


def _pcm(frame: rtc.AudioFrame) -> Pcm:
    return Pcm(np.frombuffer(frame.data, dtype=np.int16).copy(), frame.sample_rate)
