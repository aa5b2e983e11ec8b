"""A recogniser that is slow, busy or away for a moment: no word is lost, and nothing is told twice."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import anyio
import pytest
from livekit import rtc
from livekit.agents import APIStatusError, NotGivenOr, stt
from livekit.agents.types import NOT_GIVEN, APIConnectOptions
from livekit.agents.utils import AudioBuffer, combine_frames

from mcp_voice.errors import STTError
from mcp_voice.link import Event, Left, Reading, SegmentRead, SpeechStarted, SpeechStopped, Trouble, Words
from mcp_voice.people.human import Human
from mcp_voice.room import passages
from mcp_voice.room.passages import Passages
from mcp_voice.tasks import owned_tasks
from mcp_voice.turns.listener import Listener
from mcp_voice.turns.transcript import Transcript
from mcp_voice.turns.turn import Patience
from testkit.fake_link import ALICE, FakeLink
from testkit.host import Host
from testkit.rig import LIMIT, Rig, after_the_question, voice_of
from testkit.waiting import settled, until

pytestmark = pytest.mark.anyio

QUESTION = "Which one?"
RATE = 16_000


def sound(seconds: float) -> rtc.AudioFrame:
    """So much of a microphone."""
    count = round(seconds * RATE)
    return rtc.AudioFrame(b"\1\0" * count, sample_rate=RATE, num_channels=1, samples_per_channel=count)


class Slow(stt.STT[str]):
    """Reads how many tenths of a second it was given, when the test lets it."""

    def __init__(self) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=False, interim_results=False))
        self.asked: list[float] = []
        self.gate = anyio.Event()
        self.error: Exception | None = None
        """What the next answer is, once."""

    async def _recognize_impl(
        self, buffer: AudioBuffer, *, language: NotGivenOr[str] = NOT_GIVEN, conn_options: APIConnectOptions
    ) -> stt.SpeechEvent:
        seconds = combine_frames(buffer).duration
        self.asked.append(round(seconds, 1))
        await self.gate.wait()
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        heard = stt.SpeechData(language="en", text=f"{round(seconds * 10)}")  # type: ignore[arg-type]
        return stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[heard])


class Microphone:
    """One that the test speaks into."""

    def __init__(self, engine: Slow) -> None:
        self.told: list[Event] = []
        self.passages = Passages("alice", engine, self.told.append, lambda error: STTError(str(error)))

    def says(self, seconds: float, *, at: float) -> None:
        """Speak for so long, from an instant on."""
        self.passages.speech_started(at)
        self.passages.speech_stopped([sound(seconds)], at + seconds)

    def words(self) -> list[tuple[str, bool]]:
        """What was read, and whether it stays."""
        return [(each.text, each.final) for each in self.told if isinstance(each, Words)]


@pytest.fixture
def engine() -> Slow:
    """A recogniser that waits for the test."""
    return Slow()


@pytest.fixture
async def microphone(engine: Slow) -> AsyncIterator[Microphone]:
    """It is read for as long as the test lasts."""
    heard = Microphone(engine)
    async with owned_tasks() as tasks:
        tasks.start_soon(heard.passages.run)
        yield heard
        tasks.cancel_scope.cancel()


async def test_what_is_said_while_a_recogniser_is_slow_is_read_as_well(engine: Slow, microphone: Microphone) -> None:
    """The second sentence took the place of the first, whose words came too late."""
    microphone.says(1.0, at=10.0)
    await until(lambda: engine.asked == [1.0], limit=LIMIT)
    microphone.says(2.0, at=15.0)
    microphone.says(3.0, at=20.0)
    microphone.says(0.4, at=23.5)
    engine.gate.set()
    await until(lambda: any(isinstance(each, SegmentRead) for each in microphone.told), limit=LIMIT)
    assert engine.asked == [1.0, 2.0, 3.4]
    assert microphone.words() == [("10", True), ("20", True), ("34", False)]
    spoken = [(each.began_at, each.ended_at) for each in microphone.told if isinstance(each, Words)]
    assert spoken == [(10.0, 11.0), (15.0, 17.0), (20.0, 23.9)]
    last = microphone.told.index(next(each for each in microphone.told if isinstance(each, SegmentRead)))
    assert isinstance(microphone.told[last - 1], Words), "told to be read while something was left"


async def test_speech_that_goes_on_after_a_short_pause_is_read_in_one(engine: Slow, microphone: Microphone) -> None:
    """The request about its beginning is called off."""
    microphone.says(1.0, at=10.0)
    await until(lambda: engine.asked == [1.0], limit=LIMIT)
    microphone.passages.speech_started(11.5)
    engine.gate.set()
    microphone.passages.speech_stopped([sound(1.0)], 12.5)
    await microphone.passages.finish()
    assert microphone.words() == [("20", False)]


async def test_a_microphone_that_goes_is_done_once_all_that_it_heard_is_read(
    engine: Slow, microphone: Microphone
) -> None:
    """In the middle of a sentence as well, whose end will never come: what there is of it is read."""
    microphone.says(1.0, at=10.0)
    await until(lambda: engine.asked == [1.0], limit=LIMIT)
    microphone.says(2.0, at=15.0)
    microphone.passages.speech_started(17.5)
    done = anyio.Event()

    async def finish() -> None:
        await microphone.passages.finish()
        done.set()

    async with owned_tasks() as tasks:
        tasks.start_soon(finish)
        await settled()
        assert not done.is_set()
        engine.gate.set()
        with anyio.fail_after(LIMIT):
            await done.wait()
    assert microphone.words() == [("10", True), ("20", False)]


async def test_a_microphone_that_heard_nothing_is_done_at_once(microphone: Microphone) -> None:
    """There is nothing to wait for."""
    with anyio.fail_after(LIMIT):
        await microphone.passages.finish()
    assert microphone.told == []


async def test_a_passage_that_cannot_be_read_costs_only_itself(engine: Slow, microphone: Microphone) -> None:
    """What was said after it is read."""
    engine.error = APIStatusError("no", status_code=401)
    microphone.says(1.0, at=10.0)
    await until(lambda: engine.asked == [1.0], limit=LIMIT)
    microphone.says(2.0, at=15.0)
    engine.gate.set()
    await until(lambda: any(isinstance(each, Trouble) for each in microphone.told), limit=LIMIT)
    await microphone.passages.finish()
    assert microphone.words() == [("20", False)]


async def test_what_waits_to_be_read_is_bounded_and_the_loss_is_told(
    engine: Slow, microphone: Microphone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recogniser that hangs must not fill the memory with somebody's voice."""
    monkeypatch.setattr(passages, "MOST_WAITING_SECONDS", 6.0)
    for number in range(6):
        microphone.says(2.0, at=10.0 + 5 * number)
        await settled()
    engine.gate.set()
    await microphone.passages.finish()
    (trouble, *_) = [each for each in microphone.told if isinstance(each, Trouble)]
    assert "minutes of speech were waiting for it" in str(trouble.error)
    assert sum(engine.asked) <= 2.0 + 6.0


@pytest.fixture
async def listened() -> AsyncIterator[tuple[FakeLink, Listener]]:
    """A room with one human, listened to with little patience for words that nobody announces."""
    link = FakeLink("kitchen", [ALICE])
    heard = Listener(Patience(unread=0.4, complete=0.05), "en", Transcript())
    async with owned_tasks() as tasks:
        tasks.start_soon(heard.run, link)
        await until(lambda: heard.presence.human("alice"), limit=LIMIT)
        yield link, heard
        tasks.cancel_scope.cancel()
    link.close()


async def tell_reading(link: FakeLink, *, seconds: float) -> None:
    """Say that words will come, as a recogniser does that is at work."""
    for _ in range(round(seconds / 0.2)):
        link.hear(Reading("alice", time.monotonic()))
        await anyio.sleep(0.2)


async def test_a_turn_lasts_for_as_long_as_its_words_are_being_read(listened: tuple[FakeLink, Listener]) -> None:
    """It was over after a limit, and its words became another turn, or none; also that of somebody who has left."""
    link, heard = listened
    with heard.expect() as expected:
        heard.open(expected, since=0)
        began = time.monotonic()
        link.hear(SpeechStarted("alice", began), SpeechStopped("alice", began + 0.1), Left(ALICE))
        await tell_reading(link, seconds=1.0)
        assert heard.turns.answering(expected)
        assert heard.turns.answer_being_read(expected)
        link.hear(Words("alice", "the second one", final=False, at=time.monotonic(), began_at=began, ended_at=began))
        link.hear(SegmentRead("alice", time.monotonic()))
        with anyio.fail_after(LIMIT):
            reply = await expected.reply
    assert (reply.text, reply.started_at) == ("the second one", began)


async def test_a_recogniser_that_falls_silent_ends_the_turn(listened: tuple[FakeLink, Listener]) -> None:
    """Whatever has become of it, nobody waits for ever."""
    link, heard = listened
    with heard.expect() as expected:
        heard.open(expected, since=0)
        link.hear(SpeechStarted("alice", time.monotonic()), SpeechStopped("alice", time.monotonic()))
        link.hear(Reading("alice", time.monotonic()))
        await until(lambda: heard.turns.answering(expected), limit=LIMIT)
        await until(lambda: not heard.turns.answering(expected), limit=LIMIT)


async def test_words_of_a_turn_that_is_over_do_not_answer_the_next_question(
    listened: tuple[FakeLink, Listener],
) -> None:
    """They are kept, and the answer is heard as it was given."""
    link, heard = listened
    before = time.monotonic() - 5
    with heard.expect() as expected:
        heard.open(expected, since=before + 2)
        now = time.monotonic()
        link.hear(
            SpeechStarted("alice", now),
            Words("alice", "delete it", final=True, at=now, began_at=before, ended_at=before + 1),
            SpeechStopped("alice", now + 0.01),
            Words("alice", "no", final=False, at=now, began_at=now, ended_at=now + 0.01),
            SegmentRead("alice", now),
        )
        with anyio.fail_after(LIMIT):
            assert (await expected.reply).text == "no"
    assert [each.text for each in heard.transcript.unclaimed] == ["delete it"]


async def test_an_answer_that_a_slow_recogniser_reads_late_is_brought_by_wait_for_reply(
    host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """The call returns before the words are there, says so, and nothing is thrown away."""
    rig.speech.transcriptions.delay = 3.0
    try:
        async with host.asking(QUESTION, room_name=room, wait_seconds=4) as call:
            await after_the_question(alice, voice_of("the second option"))
            await call.done(limit=LIMIT)
        assert (call.answer.status, call.answer.waiting_for) == ("pending", "words")
        assert "still being transcribed" in call.answer.next
        answer = await host.wait(call.answer.ask_id, wait_seconds=LIMIT)
    finally:
        rig.speech.transcriptions.delay = 0.0
    assert answer.status == "answered"
    assert "second option" in (answer.reply or "")
