"""The instant speech providers, and the recognition of known clips that they share."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import pytest
from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, stt

from mcp_voice.audio import Pcm, pink_noise, silence
from testkit.babble import CHARACTER_SECONDS, babble
from testkit.clip_match import ClipMatch
from testkit.clips import Clip, clip, load_clips
from testkit.stubs import StreamingStubSTT, StubSTT, StubTTS

LIMIT = 10.0
ONCE = APIConnectOptions(max_retry=0, timeout=5.0)
PAUSE = silence(0.7, rate=16_000)


def frames(pcm: Pcm) -> Sequence[rtc.AudioFrame]:
    """The sound over room noise, in frames of 20 ms."""
    noisy = pcm.over(pink_noise(pcm.seconds + 0.1, rate=pcm.rate))
    parts = [noisy.cut(start * 0.02, (start + 1) * 0.02) for start in range(int(noisy.seconds / 0.02))]
    return [rtc.AudioFrame(part.samples.tobytes(), part.rate, 1, len(part.samples)) for part in parts]


@pytest.fixture(scope="module")
def match() -> ClipMatch:
    """All clips, loaded once."""
    return ClipMatch()


@pytest.mark.parametrize("each", load_clips(), ids=lambda each: f"{each.voice} {each.text}")
def test_every_clip_is_recognised_whole_soft_and_cut(match: ClipMatch, each: Clip) -> None:
    """The words are those that are in the audio: of a soft clip all, of each half of it that half's."""
    noise = pink_noise(5, rate=16_000)
    assert match.words(each.pcm.scaled(0.25).over(noise)) == each.text
    for middle in range(1, len(each.words)):
        first, second = each.part(0, middle), each.part(middle, len(each.words))
        assert f"{match.words(first)} {match.words(second)}" == each.text
        assert match.words(first.joined(PAUSE, second).over(noise)) == each.text


def test_clips_in_a_row_are_told_apart(match: ClipMatch) -> None:
    """Several utterances in one piece of audio give their words in order."""
    texts = ["what time is it", "we can talk about it later", "the second option"]
    row = silence(0, rate=16_000).joined(*(clip(text).pcm for text in texts))
    assert match.words(row.over(pink_noise(12, rate=16_000))) == " ".join(texts)


def test_what_is_in_no_clip_gives_no_words() -> None:
    """Foreign speech, babble, noise and silence are not taken for the nearest clip."""
    clips = load_clips()
    for left_out in clips:
        known = ClipMatch(each for each in clips if each is not left_out)
        assert known.words(left_out.pcm) == ""
        assert known.words(babble("Shall I go on?")) == ""
        assert known.words(pink_noise(2, rate=16_000)) == ""
        assert known.words(silence(2, rate=16_000)) == ""


def test_a_question_that_was_learnt_is_told_from_others() -> None:
    """Babble of one text is recognised as that text, in part if only a part was spoken."""
    known = ClipMatch([])
    for text in ("Which colour do you want, red or green?", "Which colour do you want, blue or green?"):
        known.learn(text, babble(text))
    blue = babble("Which colour do you want, blue or green?")
    assert known.words(blue) == "Which colour do you want, blue or green?"
    assert known.words(blue.cut(0, 16 * CHARACTER_SECONDS)) == "Which colour do"


@pytest.mark.anyio
async def test_the_stub_voice_lasts_as_long_as_its_text() -> None:
    """55 ms for each character, the text taken down, and an injected error raised."""
    engine = StubTTS()
    async with engine:
        with anyio.fail_after(LIMIT):
            async with engine.synthesize("Red or green?", conn_options=ONCE) as stream:
                heard = await stream.collect()
        assert heard.duration == pytest.approx(13 * CHARACTER_SECONDS, abs=0.02)
        assert engine.texts == ["Red or green?"]

        engine.error = APIConnectionError()
        with anyio.fail_after(LIMIT), pytest.raises(APIConnectionError):
            async with engine.synthesize("Again?", conn_options=ONCE) as stream:
                await stream.collect()


@pytest.mark.anyio
async def test_the_batch_stub_reads_a_segment(match: ClipMatch) -> None:
    """The words of a segment, in one piece."""
    async with StubSTT(match=match) as engine:
        event = await engine.recognize(list(frames(clip("neither of them").pcm)), conn_options=ONCE)
    assert event.alternatives[0].text == "neither of them"


@pytest.mark.anyio
async def test_the_streaming_stub_reports_words_while_they_are_spoken(match: ClipMatch) -> None:
    """Start, growing interim words, final words and end, for each of two utterances."""
    texts = ["I need five more minutes", "the second option"]
    events: list[stt.SpeechEvent] = []
    with anyio.fail_after(LIMIT):
        async with StreamingStubSTT(match=match) as engine, engine.stream(conn_options=ONCE) as stream:
            for text in texts:
                for frame in frames(clip(text).pcm):
                    stream.push_frame(frame)
            stream.end_input()
            events = [event async for event in stream]

    finals = [each.alternatives[0].text for each in events if each.type is stt.SpeechEventType.FINAL_TRANSCRIPT]
    interims = [each for each in events if each.type is stt.SpeechEventType.INTERIM_TRANSCRIPT]
    assert finals == texts
    assert len(interims) > 4
    assert events[0].type is stt.SpeechEventType.START_OF_SPEECH
    assert events[-1].type is stt.SpeechEventType.END_OF_SPEECH
