"""The stand-in for a recogniser: sound that a busy machine has stretched on its way still has all its words."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mcp_voice.audio import Pcm
from mcp_voice.speech.offline_tts import OfflineTTS
from testkit.clip_match import ClipMatch
from testkit.clips import load_clips
from testkit.rig import voice_of

TEXT = "the second option"
SHORT = ("yes", "no", "okay", "stop", "Postgres", "maybe", "ship it", "Monday", "not today", "the first one")


@pytest.fixture(scope="module")
def match() -> ClipMatch:
    """One that knows the clips."""
    return ClipMatch()


@pytest.mark.parametrize(
    ("at", "more"), [(0.45, 0.06), (0.45, 0.09), (0.5, 0.12), (0.55, 0.06), (0.55, 0.09), (0.6, 0.09), (0.6, 0.12)]
)
def test_a_word_before_a_stretched_place_is_found(match: ClipMatch, at: float, more: float) -> None:
    """A jitter buffer that runs dry repeats what it played last: measured, 0.09 s of it in the middle of this clip."""
    voice = voice_of(TEXT)
    stretched = voice.cut(0, at).joined(voice.cut(at - more, at), voice.cut(at, voice.seconds))
    assert match.words(stretched) == TEXT


def test_a_word_that_was_not_said_is_not_found(match: ClipMatch) -> None:
    """Being lenient at the edges must not hide a lost first word, stretched or not."""
    voice = voice_of(TEXT)
    assert match.words(voice.cut(0.15, voice.seconds)) == "second option"
    late = voice.cut(0.15, 0.6).joined(voice.cut(0.48, voice.seconds))
    assert match.words(late) == "second option"


@pytest.mark.parametrize("gap", [0.14, 0.2])
@pytest.mark.parametrize(
    ("text", "at", "again"),
    [
        ("make a copy of the report", 1.07, 0.09),
        ("make a copy of the report", 1.07, 0.15),
        ("we should use a different approach", 0.83, 0.15),
    ],
)
def test_words_that_are_played_again_after_a_tear_are_said_once(
    match: ClipMatch, text: str, at: float, again: float, gap: float
) -> None:
    """A starved jitter buffer is silent for a moment, and goes on a little before where it was."""
    voice = voice_of(text)
    torn = voice.cut(0, at).joined(silence(voice, gap), voice.cut(at - again, voice.seconds))
    assert match.words(torn) == text


@pytest.mark.parametrize("length", [0.1, 0.15])
def test_a_torn_fragment_of_the_last_word_is_not_said_once_more(length: float) -> None:
    """Even where so little of it is taken for another voice's: "one two three four four" was heard."""
    clips = [each for each in load_clips() if [word.text for word in each.words] == ["one", "two", "three", "four"]]
    first, second = clips[:2]
    word = second.words[-1]
    middle = (word.start + word.end) / 2
    fragment = second.pcm.cut(middle - length / 2, middle + length / 2)
    end = first.words[-1].end
    torn = first.pcm.cut(0, end).joined(silence(first.pcm, 0.2), fragment)
    assert ClipMatch(clips).words(torn) == "one two three four"


def test_a_word_that_another_voice_says_again_is_found_twice() -> None:
    """In whole: it is no fragment."""
    clips = [each for each in load_clips() if [word.text for word in each.words] == ["one", "two", "three", "four"]]
    first, second = clips[:2]
    word = second.words[-1]
    again = second.pcm.cut(word.start - 0.02, word.end + 0.02)
    twice = first.pcm.cut(0, first.words[-1].end).joined(silence(first.pcm, 0.2), again)
    assert ClipMatch(clips).words(twice) == "one two three four four"


def silence(like: Pcm, seconds: float) -> Pcm:
    """At the rate of another sound."""
    return Pcm(np.zeros(round(seconds * like.rate), dtype=np.int16), like.rate)


@pytest.fixture(scope="module")
async def short_words(anyio_backend: str) -> dict[str, Pcm]:
    """Words and phrases of less than a second, by espeak-ng."""
    spoken: dict[str, Pcm] = {}
    async with OfflineTTS() as engine:
        for text in SHORT:
            async with engine.synthesize(text) as speech:
                frames = [event.frame async for event in speech]
            pcm = Pcm(np.concatenate([np.frombuffer(each.data, np.int16) for each in frames]), frames[0].sample_rate)
            spoken[text] = pcm.cut(*pcm.voiced())
    return spoken


def taught(words: dict[str, Pcm]) -> ClipMatch:
    """One that knows these words, too."""
    match = ClipMatch()
    for text, pcm in words.items():
        match.learn(text, pcm)
    return match


def stretched(pcm: Pcm) -> Pcm:
    """By a fifth, as a jitter buffer does it, which keeps the pitch: 10 ms of every 50 are played twice."""
    steps = np.arange(0.0, pcm.seconds, 0.05)
    first, *others = [pcm.cut(at, at + 0.05).joined(pcm.cut(at + 0.04, at + 0.05)) for at in steps]
    return first.joined(*others)


def torn(pcm: Pcm) -> Pcm:
    """In the middle, by a silence that is shorter than one between two words."""
    return pcm.cut(0, pcm.seconds / 2).joined(silence(pcm, 0.08), pcm.cut(pcm.seconds / 2, pcm.seconds))


def shortened(pcm: Pcm) -> Pcm:
    """By what a jitter buffer drops to catch up."""
    return pcm.cut(0, pcm.seconds / 2).joined(pcm.cut(pcm.seconds / 2 + 0.06, pcm.seconds))


@pytest.mark.anyio
@pytest.mark.parametrize("spoil", [stretched, torn, shortened])
@pytest.mark.parametrize("text", SHORT)
async def test_a_short_word_is_found_though_its_time_runs_unevenly(
    short_words: dict[str, Pcm], text: str, spoil: Callable[[Pcm], Pcm]
) -> None:
    """A "yes" that was heard on a busy machine was no word at all, and its question waited for ever."""
    assert taught(short_words).words(spoil(short_words[text])) == text


@pytest.mark.anyio
@pytest.mark.parametrize("spoil", [stretched, torn, shortened])
@pytest.mark.parametrize("text", SHORT)
async def test_a_short_word_that_nobody_taught_it_is_none(
    short_words: dict[str, Pcm], text: str, spoil: Callable[[Pcm], Pcm]
) -> None:
    """It is never taken for the one that is most like it."""
    others = {each: pcm for each, pcm in short_words.items() if each != text}
    assert taught(others).words(spoil(short_words[text])) == ""


@pytest.mark.anyio
@pytest.mark.parametrize("text", ["ship it", "not today", "the first one"])
async def test_the_beginning_of_a_short_phrase_is_not_all_of_it(short_words: dict[str, Pcm], text: str) -> None:
    """However unevenly time may run, what was not said is missing."""
    begun = short_words[text]
    assert taught(short_words).words(stretched(begun.cut(0, begun.seconds * 0.6))) != text
