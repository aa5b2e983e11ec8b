"""What sound and words can be: bounds that no honest provider meets, and that any other does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, NotGivenOr, stt
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN

from mcp_voice.audio import Pcm
from mcp_voice.errors import STTError
from mcp_voice.link import Event, Words
from mcp_voice.room.recognition import recognition
from mcp_voice.speech import part_sound
from mcp_voice.speech.offline_tts import OfflineTTS
from mcp_voice.speech.openai_tts import BoundedTTS
from mcp_voice.speech.plausible import plausible
from mcp_voice.speech.synthesis import synthesis
from mcp_voice.speech.transcripts import RECOVERED, TextLimit, transcript_of
from mcp_voice.tasks import owned_tasks
from mcp_voice.texts.foreign import LONGEST_TEXT
from mcp_voice_agent.models.sound_bounds import SoundBounds
from testkit import faults
from testkit.blockbuster import HELD_SECONDS, least_held
from testkit.openai_server import openai_server
from testkit.stubs import OnlyStreams
from testkit.waiting import until

SPEECH = Path(__file__).parents[2] / "testkit" / "speech"
CLIPS = sorted(SPEECH.glob("*.flac"))
ODD = (
    *("…", "OK", "x", "1234567890", "12345678901234567890", "$1,234,567.89", "3.14159", "---------------", "#$%&*"),
    *("https://example.com/a?x=1&y=2#frag", "a@b.c", "C++ & C#", "½", "ﷺ", "😀😂👍", "2026-11-27T01:02Z"),
    *("NASA HTTPS XYZ", "你想要哪一个数据库", "Привет как дела", "שלום מה שלומך", "สวัสดีครับ", "مرحبا كيف حالك"),
    *("ありがとうございます", "안녕하세요"),
)  # fmt: skip


@pytest.mark.parametrize("clip", CLIPS, ids=[clip.stem for clip in CLIPS])
def test_every_recorded_voice_is_plausible(clip: Path) -> None:
    """Flite's voices and a neural one, with the silence around their words and without it."""
    text = clip.stem.partition("__")[2].replace("_", " ")
    sound = Pcm.load(clip)
    bounds = plausible(text)
    begins, ends = sound.voiced()
    assert 3 * bounds.least < ends - begins
    assert sound.seconds < bounds.most / 2


@pytest.mark.anyio
async def test_whatever_the_offline_voice_says_is_plausible() -> None:
    """It gives letters that it cannot read their names, one by one, and is silent where there is nothing to say."""
    async with OfflineTTS() as voice:
        for text in ODD:
            async with voice.synthesize(text) as speech:
                seconds = sum([chunk.frame.duration async for chunk in speech])
            bounds = plausible(text)
            assert bounds.least <= seconds <= bounds.most, f"{text!r}: {seconds:.2f} s, {bounds}"


def test_what_no_voice_can_say_is_not_plausible() -> None:
    """The figures that were accepted: 36 minutes for two words, a click for a question."""
    assert plausible("Hello there").most < 13
    assert plausible("Which of the three databases should the new service use from now on?").least > 0.8
    assert plausible("").least == plausible("…").least == 0
    assert plausible("See https://example.com/" + "a" * 500).least < 0.1


@pytest.mark.anyio
async def test_a_voice_slower_than_it_is_heard_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sound of a fifth of the time that it takes comes often enough for every other limit."""
    monkeypatch.setattr(part_sound, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(part_sound, "SLOWEST", 1_000.0)
    async with (
        OfflineTTS() as voice,
        synthesis(voice, "This takes longer than it is heard. " * 20, provider="offline", key="") as speech,
    ):
        frames = [frame async for frame in speech.frames()]
        assert speech.error is not None
        assert "TTS sends audio too slowly" in str(speech.error)
        assert len(frames) < 100


class _Flooding(OnlyStreams):
    """A recogniser that floods with interim words, and ends with final ones."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        """Begin."""
        return _Flood(stt=self, conn_options=conn_options)


class _Flood(stt.RecognizeStream):
    async def _run(self) -> None:
        kind = stt.SpeechEventType
        engine = self._stt
        assert isinstance(engine, _Flooding)
        for number in range(engine.count):
            self._event_ch.send_nowait(heard(f"interim {number}", kind.INTERIM_TRANSCRIPT))
            if number % 10 == 0:
                await anyio.lowlevel.checkpoint()
        self._event_ch.send_nowait(heard("the words", kind.FINAL_TRANSCRIPT))
        self._event_ch.send_nowait(heard("last interim", kind.INTERIM_TRANSCRIPT))
        async for _ in self._input_ch:
            pass


def heard(text: object, kind: stt.SpeechEventType = stt.SpeechEventType.FINAL_TRANSCRIPT) -> stt.SpeechEvent:
    """What a provider told."""
    return stt.SpeechEvent(type=kind, alternatives=[stt.SpeechData(language="en", text=text)])  # type: ignore[arg-type]


@pytest.fixture
async def flooded() -> list[Event]:
    """What is passed on of a flood of 20,000 interim words within a moment."""
    told: list[Event] = []

    async def flood() -> None:
        told.clear()
        listening = recognition("alice", _Flooding(20_000), told.append, lambda error: STTError(str(error)))
        async with owned_tasks() as tasks:
            tasks.start_soon(listening.run)
            await until(lambda: any(isinstance(each, Words) and each.text == "last interim" for each in told), limit=30)
            tasks.cancel_scope.cancel()

    held = await least_held(flood)
    assert held.seconds < HELD_SECONDS, held
    return told


@pytest.mark.anyio
async def test_a_flood_of_interim_words_is_thinned_out_and_the_last_are_kept(flooded: list[Event]) -> None:
    """Each would be judged anew; those in between are replaced before anybody has seen them."""
    texts = [each.text for each in flooded if isinstance(each, Words)]
    assert len(texts) < 2_000
    assert texts[-2:] == ["the words", "last interim"]


def test_a_stream_brings_no_more_than_anybody_can_say() -> None:
    """Final words are added to each other: without end they would fill the memory."""
    limit = TextLimit()
    now = limit._at
    assert limit.cut("a" * 30_000, now) == "a" * LONGEST_TEXT
    assert limit.cut("more", now) == ""
    assert len(limit.cut("a" * 30_000, now + 10)) == 10 * RECOVERED
    assert limit.cut("yes", now + 60) == "yes"


@pytest.mark.parametrize("text", [None, 5, 1.5, ["yes"], {"text": "yes"}, b"yes", True])
def test_what_is_no_text_has_no_words(text: object) -> None:
    """Silence is null for some servers."""
    assert transcript_of(heard(text)) == ""


def test_a_transcript_can_be_sent_on() -> None:
    """Half a pair of surrogates, which JSON can hold, would break the result that it is in."""
    assert transcript_of(heard("yes \ud800")) == "yes ?"
    assert len(transcript_of(heard("a" * 100_000))) == LONGEST_TEXT
    assert transcript_of(stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[])) == ""


@pytest.mark.anyio
@pytest.mark.parametrize(("seconds", "why"), [(0.05, "cannot be all of it"), (100.0, "cannot be right")])
async def test_the_companions_voice_refuses_the_same_sounds(seconds: float, why: str) -> None:
    """It is an error of the voice's own, so that another voice is asked, or the human told."""
    text = "The second one, as you have said before."
    body = b"\1\0" * round(seconds * 24_000)
    async with openai_server() as server:
        voice = BoundedTTS(model="tts-1", voice="alloy", base_url=server.base_url, api_key="none")
        with server.speech.failing(faults.instead(body, "audio/pcm")), pytest.raises(APIConnectionError, match=why):
            async with voice.synthesize(text) as speech:
                assert [chunk async for chunk in speech]
        assert len(server.speech.asked) == 1
        async with voice.synthesize(text) as speech:
            assert sum([chunk.frame.duration async for chunk in speech]) > 1
        await voice.aclose()


def sound(seconds: float) -> rtc.AudioFrame:
    """Noise of that length."""
    count = round(seconds * 24_000)
    return rtc.AudioFrame(b"\1\0" * count, sample_rate=24_000, num_channels=1, samples_per_channel=count)


async def streamed(words: Sequence[str], seconds: Sequence[float]) -> float:
    """What is let out of a voice that takes words one by one and gives frames of these lengths; in seconds."""

    async def told() -> AsyncIterator[str]:
        for word in words:
            yield word

    async def voice() -> AsyncIterator[rtc.AudioFrame]:
        assert [word async for word in bounds.into(told())] == list(words)
        for each in seconds:
            yield sound(each)

    bounds = SoundBounds()
    return sum([frame.duration async for frame in bounds.out_of(voice())])


@pytest.mark.anyio
@pytest.mark.parametrize(("seconds", "why"), [([0.05], "cannot be all of it"), ([10.0] * 10, "cannot be right")])
async def test_a_voice_that_takes_words_one_by_one_is_held_to_the_same_bounds(seconds: list[float], why: str) -> None:
    """However many parts the text comes in, its pauses count once."""
    words = ["The ", "second ", "one, ", "as ", "you ", "have ", "said ", "before."]
    with pytest.raises(ValueError, match=why):
        await streamed(words, seconds)
    assert await streamed(words, [0.5] * 6) == 3.0
    assert await streamed(words, []) == 0.0
