"""The stand-in for a recogniser: sound that a busy machine has stretched on its way still has all its words."""

from __future__ import annotations

import numpy as np
import pytest

from mcp_voice.audio import Pcm
from testkit.clip_match import ClipMatch
from testkit.clips import load_clips
from testkit.rig import voice_of

TEXT = "the second option"


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
