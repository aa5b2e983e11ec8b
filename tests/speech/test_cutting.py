"""Long speech in pieces: nothing between them is lost, nothing is there twice."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_voice.speech.cutting import LONGEST_SECONDS, joined, pause_in, pieces

RATE = 16_000


def talk(*seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Noise and silence in turn, beginning with noise."""
    random = np.random.default_rng(1)
    parts = [
        random.normal(0, 0.1 if number % 2 == 0 else 0.0005, int(length * RATE))
        for number, length in enumerate(seconds)
    ]
    return np.concatenate(parts).astype(np.float32)


def test_short_speech_is_one_piece() -> None:
    """Words are read better with others around them."""
    sound = talk(5, 1, 5)
    (piece,) = pieces(sound)
    assert (piece.start, piece.end, piece.overlaps) == (0, len(sound), False)


def test_long_speech_is_cut_in_the_last_pause_that_a_decode_can_reach() -> None:
    """A cut within a word makes another word of it."""
    sound = talk(8, 0.3, 8, 0.3, 10)
    first, second = pieces(sound)
    assert 16.3 * RATE < first.end < 16.6 * RATE
    assert (second.start, second.end, second.overlaps) == (first.end, len(sound), False)


def test_speech_without_a_pause_is_cut_so_that_pieces_overlap() -> None:
    """The words at the cut are whole in one of them."""
    first, second = pieces(talk(25))
    assert second.overlaps
    assert second.start < first.end


def test_the_closure_of_a_consonant_is_no_pause() -> None:
    """It is within a word."""
    assert pause_in(talk(8, 0.08, 3)) is None
    assert pause_in(talk(8, 0.3, 3)) is not None


@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(0.05, 30), min_size=1, max_size=6))
def test_pieces_cover_everything_and_none_is_too_long(seconds: list[float]) -> None:
    """A decode of 44 s takes 3 s, and a gap between pieces would be lost words."""
    sound = talk(*seconds)
    found = list(pieces(sound))
    assert found[0].start == 0
    assert found[-1].end == len(sound)
    for before, after in pairwise(found):
        assert after.start <= before.end < after.end
    assert all(piece.end - piece.start <= LONGEST_SECONDS * RATE for piece in found)


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        ("it was the best of", "the best of times", "it was the best of times"),
        ("it was the best of ti", "best of times it was", "it was the best of times it was"),
        ("We went home.", "home. And slept.", "We went home. And slept."),
        ("one two", "three four", "one two three four"),
        ("the shop sold me bread", "milk and eggs for the day", "the shop sold me bread milk and eggs for the day"),
        ("", "three", "three"),
        ("one", "", "one"),
    ],
)
def test_words_that_are_in_both_pieces_are_there_once(before: str, after: str, whole: str) -> None:
    """Two pieces that overlap say some of it twice."""
    assert joined(before, after, overlaps=True) == whole


def test_pieces_that_do_not_overlap_keep_a_word_that_was_said_twice() -> None:
    """Whoever says "no. No." has said it twice."""
    assert joined("I said no.", "No.", overlaps=False) == "I said no. No."
