"""Somebody who speaks to a recogniser that streams, without LiveKit's server: the test says what breaks, and when."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
from livekit import rtc
from livekit.agents import APIConnectionError, NotGivenOr, stt
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, APIConnectOptions

from mcp_voice.errors import STTError
from mcp_voice.link import Event, Trouble, Words
from mcp_voice.room.streaming import Streaming
from mcp_voice.tasks import owned_tasks
from testkit.rig import LIMIT
from testkit.stubs import OnlyStreams
from testkit.waiting import until

__all__ = ["BROKEN", "FRAME", "Dictation", "Speaker", "speaking", "word"]

KINDS = stt.SpeechEventType
RATE = 16_000
FRAME = 0.1
BROKEN = APIConnectionError("the connection is gone")


def word(number: int) -> rtc.AudioFrame:
    """A tenth of a second in which a word is said: the one of that number, and none for 0."""
    count = round(RATE * FRAME)
    return rtc.AudioFrame(np.full(count, number, np.int16).tobytes(), RATE, 1, count)


class Dictation(OnlyStreams):
    """Writes down the word of each frame; breaks, and opens no stream, when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.streams: list[_Dictated] = []
        self.refusing: list[Exception] = []
        """Raised by the next streams in turn, before they hear anything."""
        self.timed = False
        """Whether final words say how far they reach."""
        self.deaf = False
        """Whether nothing is answered any more."""

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        """Begin to listen."""
        made = _Dictated(self, conn_options)
        self.streams.append(made)
        return made


class _Dictated(stt.RecognizeStream):
    def __init__(self, engine: Dictation, conn_options: APIConnectOptions) -> None:
        super().__init__(stt=engine, conn_options=conn_options)
        self._engine = engine
        self.words: list[str] = []
        self.heard = 0.0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def _run(self) -> None:
        if self._engine.refusing:
            raise self._engine.refusing.pop(0)
        listening = asyncio.ensure_future(self._listen())
        await asyncio.wait([listening, self.ended], return_when=asyncio.FIRST_COMPLETED)
        if self._engine.deaf:
            await self.ended
        if listening.done():
            self.finalise()
        listening.cancel()
        if self.ended.done():
            self.ended.result()

    async def _listen(self) -> None:
        async for frame in self._input_ch:
            if isinstance(frame, rtc.AudioFrame):
                self.heard += frame.duration
                number = int(np.frombuffer(frame.data, np.int16)[0])
                self.words += [str(number)] if number else []
                if number and not self._engine.deaf:
                    self._tell(KINDS.INTERIM_TRANSCRIPT)

    def _tell(self, kind: KINDS) -> None:
        data = stt.SpeechData(
            language="en",  # type: ignore[arg-type]
            text=" ".join(self.words),
            end_time=self.heard if self._engine.timed else 0.0,
        )
        self._event_ch.send_nowait(stt.SpeechEvent(kind, alternatives=[data]))

    def finalise(self) -> None:
        """Give the final words of what was heard."""
        self._tell(KINDS.FINAL_TRANSCRIPT)
        self._event_ch.send_nowait(stt.SpeechEvent(KINDS.END_OF_SPEECH))
        self.words = []


class Speaker:
    """One human with a microphone; the test speaks, and voice activity follows at once."""

    def __init__(self, engine: Dictation) -> None:
        self.engine = engine
        self.told: list[Event] = []
        self.listening = Streaming("alice", engine, self.told.append, lambda error: STTError(str(error)))

    def begins(self) -> None:
        """Voice activity begins."""
        self.listening.speech_started(time.monotonic())

    def says(self, *numbers: int) -> None:
        """Say these words."""
        for number in numbers:
            self.listening.push(word(number))

    def stops(self) -> None:
        """Voice activity ends."""
        self.listening.speech_stopped([], time.monotonic())

    async def heard(self, *words: str) -> None:
        """Wait until the present stream has heard these."""
        await until(lambda: bool(self.engine.streams) and self.engine.streams[-1].words == list(words), limit=LIMIT)

    async def opened(self, count: int) -> None:
        """Wait until so many streams have been opened."""
        await until(lambda: len(self.engine.streams) == count, limit=LIMIT)

    def breaks(self, error: Exception | None = BROKEN) -> None:
        """Break the present stream, or end it."""
        if error is None:
            self.engine.streams[-1].ended.set_result(None)
        else:
            self.engine.streams[-1].ended.set_exception(error)

    async def final(self) -> list[str]:
        """Have the present stream give its final words, and wait for them; all final words so far."""
        before = len(self.finals)
        self.engine.streams[-1].finalise()
        await until(lambda: len(self.finals) > before, limit=LIMIT)
        return self.finals

    @property
    def finals(self) -> list[str]:
        """All final words so far."""
        return [each.text for each in self.told if isinstance(each, Words) and each.final]

    @property
    def troubles(self) -> list[str]:
        """What could not be read, and why."""
        return [str(each.error) for each in self.told if isinstance(each, Trouble)]


@asynccontextmanager
async def speaking(*, timed: bool = False) -> AsyncIterator[Speaker]:
    """Somebody is heard for as long as the block lasts."""
    engine = Dictation()
    engine.timed = timed
    speaker = Speaker(engine)
    async with owned_tasks() as tasks:
        tasks.start_soon(speaker.listening.run)
        await speaker.opened(1)
        yield speaker
        tasks.cancel_scope.cancel()
