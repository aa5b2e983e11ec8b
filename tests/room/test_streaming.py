"""A provider that streams, and whose connection breaks: the next stream is given what was said, and no word is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import numpy as np
import pytest
from livekit import rtc
from livekit.agents import APIConnectionError, APIStatusError, APITimeoutError, NotGivenOr, stt
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, APIConnectOptions

from mcp_voice.errors import STTError
from mcp_voice.link import Event, Reading, Trouble, Words
from mcp_voice.room.streaming import Streaming
from mcp_voice.tasks import owned_tasks
from testkit.stubs import OnlyStreams
from testkit.waiting import until

pytestmark = pytest.mark.anyio

KINDS = stt.SpeechEventType
LIMIT = 20.0
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
                if number:
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


@pytest.mark.parametrize("error", [BROKEN, APIStatusError("gone", status_code=500), None], ids=["broken", "500", "end"])
async def test_words_spoken_while_a_stream_breaks_are_given_to_the_next_one(error: Exception | None) -> None:
    """Those before it, those during, and those after it; all were lost, and the ask with them."""
    async with speaking() as alice:
        alice.begins()
        alice.says(1, 2)
        await alice.heard("1", "2")
        alice.breaks(error)
        await until(lambda: any(isinstance(each, Reading) for each in alice.told), limit=LIMIT)
        alice.says(3)
        await alice.opened(2)
        alice.says(4)
        alice.stops()
        await alice.heard("1", "2", "3", "4")
        assert await alice.final() == ["1 2 3 4"]
        assert alice.troubles == []


@pytest.mark.parametrize("timed", [False, True])
async def test_what_had_been_read_is_not_read_again(timed: bool) -> None:  # noqa: FBT001
    """Or the answer would come twice."""
    async with speaking(timed=timed) as alice:
        alice.begins()
        alice.says(1, 2)
        await alice.heard("1", "2")
        alice.stops()
        await alice.final()
        alice.begins()
        alice.says(3)
        await alice.heard("3")
        alice.breaks()
        await alice.opened(2)
        await alice.heard("3")
        alice.stops()
        assert await alice.final() == ["1 2", "3"]


async def test_a_stream_that_says_how_far_its_words_reach_loses_nothing_of_a_sentence_that_goes_on() -> None:
    """Final words come for the first half of it; the second half is being spoken when the stream breaks."""
    async with speaking(timed=True) as alice:
        alice.begins()
        alice.says(*range(1, 21))
        await alice.heard(*map(str, range(1, 21)))
        await alice.final()
        alice.says(21, 22)
        await alice.heard("21", "22")
        alice.breaks()
        await alice.opened(2)
        await alice.heard("21", "22")


async def test_a_service_that_is_started_anew_costs_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens at its address for a moment; one that is away for good is told of, once."""
    monkeypatch.setattr("mcp_voice.speech.persistence.STARTING_PAUSES", (0.05, 0.05, 0.05))
    away = APIConnectionError("away")
    away.__cause__ = aiohttp.ClientConnectorError(None, OSError("refused"))  # type: ignore[arg-type]
    async with speaking() as alice:
        alice.begins()
        alice.says(1)
        await alice.heard("1")
        alice.engine.refusing = [away, away]
        alice.breaks()
        await alice.opened(4)
        await alice.heard("1")
        assert await alice.final() == ["1"]
        alice.says(2)
        await alice.heard("2")
        alice.engine.refusing = [away] * 4
        alice.breaks()
        await until(lambda: bool(alice.troubles), limit=LIMIT)
        assert len(alice.troubles) == 1


async def test_a_refusal_is_told_after_one_more_try_and_what_is_said_later_is_read() -> None:
    """It was told at once, and again with each try."""
    async with speaking() as alice:
        alice.begins()
        alice.says(1)
        await alice.heard("1")
        alice.engine.refusing = [APIStatusError("no", status_code=401)] * 2
        alice.breaks()
        await until(lambda: bool(alice.troubles), limit=LIMIT)
        await alice.opened(4)
        alice.begins()
        alice.says(2)
        await alice.heard("2")
        assert await alice.final() == ["2"]
        assert len(alice.troubles) == 1


async def test_a_provider_that_times_out_at_every_stream_is_told_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was asked again at once and for ever, with all of the sound each time."""
    monkeypatch.setattr("mcp_voice.room.streaming.OWED_SECONDS", 1.0)
    async with speaking() as alice:
        alice.begins()
        alice.says(1)
        await alice.heard("1")
        alice.engine.refusing = [APITimeoutError()] * 1000
        alice.breaks()
        await until(lambda: bool(alice.troubles), limit=LIMIT)
        assert any(isinstance(each, Reading) for each in alice.told)
        assert len(alice.engine.streams) < 10


async def test_a_stream_that_breaks_while_nobody_speaks_is_opened_again_and_nothing_is_told() -> None:
    """Providers end a stream after a silence."""
    async with speaking() as alice:
        alice.says(0, 0)
        alice.breaks()
        await alice.opened(2)
        assert not any(isinstance(each, Trouble | Reading) for each in alice.told)


async def test_the_last_words_of_somebody_who_hangs_up_survive_a_broken_stream() -> None:
    """It was not waited for, as there was no stream to wait for."""
    async with speaking() as alice:
        alice.begins()
        alice.says(1)
        await alice.heard("1")
        alice.breaks()
        await until(lambda: any(isinstance(each, Reading) for each in alice.told), limit=LIMIT)
        alice.says(2)
        alice.stops()
        await asyncio.wait_for(alice.listening.finish(), LIMIT)
        assert alice.finals == ["1 2"]
