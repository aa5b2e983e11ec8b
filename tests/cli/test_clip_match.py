"""The stand-in for a recogniser: sound that a busy machine has stretched on its way still has all its words."""

from __future__ import annotations

import pytest

from testkit.clip_match import ClipMatch
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
