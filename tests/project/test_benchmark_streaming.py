"""The stubs of the streaming benchmark: they tell no more, and no sooner, than a streaming model could."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.streaming_stubs import sounds, tokens
from mcp_voice.audio import Pcm, pink_noise, silence
from testkit.chat_model import completion
from testkit.clip_match import ClipMatch
from testkit.clips import Clip, clip
from testkit.streaming_ears import FINAL_SECONDS, INTERIM_SECONDS, StreamingEars, Told

RATE = 16_000
CHUNK = RATE // 20
"""Samples: 50 ms, as Deepgram's plugin sends them."""
LATENESS = 0.03
"""A gap must have lasted to be one, and what has arrived is known for 50 ms at a time."""


@pytest.fixture(scope="module")
def match() -> ClipMatch:
    """Knows the clips."""
    return ClipMatch()


def told(match: ClipMatch, *sounds: Pcm) -> list[Told]:
    """Everything that is told of sounds in a quiet room, each chunk of which arrives as soon as it is full."""
    quiet = silence(0.5, rate=RATE)
    spoken = quiet.joined(*(sound.resampled(RATE) for sound in sounds), quiet)
    samples = spoken.over(pink_noise(spoken.seconds, rate=RATE)).samples
    ears = StreamingEars(match.words, rate=RATE, endpointing=0.025)

    def chunks() -> Iterator[Told]:
        for end in range(CHUNK, len(samples) + 1, CHUNK):
            yield from ears.take(samples[end - CHUNK : end], end / RATE)

    return list(chunks())


def ended(spoken: Clip) -> float:
    """When the last voiced sample of it had sounded."""
    return 0.5 + spoken.pcm.voiced()[1]


def test_a_streaming_recogniser_tells_growing_words_and_then_the_final_ones(match: ClipMatch) -> None:
    """The word that is being spoken is not among them, and the final ones come 150 ms after the end of the speech."""
    spoken = clip("I want to change the color to green")
    events = told(match, spoken.pcm)
    assert events[0].kind == "started"
    interims = [each for each in events if each.kind == "interim"]
    (final,) = [each for each in events if each.kind == "final"]
    assert final.text.lower() == spoken.text.lower()
    assert final.heard_at == pytest.approx(ended(spoken), abs=LATENESS)
    assert final.due_at - final.heard_at == pytest.approx(FINAL_SECONDS + LATENESS / 2, abs=LATENESS / 2 + 1e-6)
    assert len({each.text for each in interims}) > 2
    for each in interims:
        assert spoken.text.lower().startswith(each.text.lower())
        assert each.due_at - INTERIM_SECONDS >= 0.5 + spoken.words[len(each.text.split()) - 1].end - LATENESS


def test_a_pause_makes_two_segments_and_neither_knows_of_the_other(match: ClipMatch) -> None:
    """What was final stays final."""
    spoken = clip("I want to change the color to green")
    events = told(match, spoken.part(0, 5), silence(1.0, rate=RATE), spoken.part(5, 8))
    finals = [each for each in events if each.kind == "final"]
    assert [each.text.lower() for each in finals] == ["i want to change the", "color to green"]
    assert [each.segment for each in finals] == [0, 1]


def test_a_word_that_a_stop_tears_apart_is_told_once(match: ClipMatch) -> None:
    """In "report" there is as long a silence as between some words."""
    finals = [each.text for each in told(match, clip("make a copy of the report").pcm) if each.kind == "final"]
    assert " ".join(finals).split() == ["make", "a", "copy", "of", "the", "report"]


def test_nothing_is_told_of_a_quiet_room(match: ClipMatch) -> None:
    """Its noise is no speech."""
    assert told(match, silence(3.0, rate=RATE)) == []


def test_what_was_heard_can_be_made_final_at_once(match: ClipMatch) -> None:
    """Deepgram's ``Finalize``."""
    spoken = clip("yes please go ahead").pcm.resampled(RATE)
    ears = StreamingEars(match.words, rate=RATE, endpointing=0.025)
    list(ears.take(spoken.cut(0, spoken.voiced()[1]).samples, 1.0))
    (final,) = ears.finalize(1.1)
    assert (final.text.lower(), final.due_at) == ("yes please go ahead", 1.1)
    assert list(ears.finalize(1.2)) == []


def test_an_answer_comes_token_by_token_and_a_voice_piece_by_piece() -> None:
    """Nothing is lost on the way, and the first token is a word."""
    body = completion("model", "I see it.")
    pieces = list(tokens(body))
    assert b"".join(pieces) == body
    assert [piece.count(b'"content": "') for piece in pieces] == [2, 1, 1]
    assert pieces[-1].endswith(b"data: [DONE]\n\n")
    assert b"".join(sounds(bytes(5_000))) == bytes(5_000)
    assert len(list(sounds(bytes(5_000)))) == 3
