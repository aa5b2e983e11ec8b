"""What makes a short utterance one of the choices, and what never does; the model and the grammar are real."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from mcp_voice.speech.offline.choosing import Choosing
from mcp_voice.speech.offline.grammar import open_grammar
from mcp_voice.speech.offline.model import Decoded, Moonshine
from mcp_voice.speech.offline.scoring import PhraseTree, likeliest
from mcp_voice.speech.offline.spellings import spellings
from tests.speech.offline.weights import installed
from tests.speech.offline_audio import decoded

CLIP = Path(__file__).with_name("clips") / "kokoro-michael__no.flac"


@pytest.fixture(scope="module")
def model() -> Moonshine:
    """The model in this process."""
    folder = installed().place
    assert folder
    return Moonshine(folder)


@pytest.fixture(scope="module")
def pcm() -> bytes:
    """Somebody says no."""
    return decoded(CLIP, rate=16_000).tobytes()


@pytest.fixture(scope="module")
def reading(model: Moonshine, pcm: bytes) -> Decoded:
    """What is read of it."""
    return model.read(model.sound((np.frombuffer(pcm, np.int16) / 32_768).astype(np.float32)))


@pytest.fixture(scope="module", params=["beside the grammar", "alone"])
def choosing(model: Moonshine, request: pytest.FixtureRequest) -> Iterator[Choosing]:
    """As where pocketsphinx is installed, and as on Python 3.14."""
    with ExitStack() as resources:
        yield Choosing(model, open_grammar(resources) if request.param == "beside the grammar" else None)


def heard_as(text: str, reading: Decoded) -> Decoded:
    """The same sound, of which something else was read."""
    return Decoded(text, reading.log - 1.0, reading.first, reading.sound)


def test_what_was_read_can_be_written_as_its_tokens(model: Moonshine, reading: Decoded) -> None:
    """The segmentation is the model's own, or scores would be nonsense."""
    assert model.tokens.text(model.tokens.ids(reading.text)) == reading.text
    found = likeliest(model, reading, PhraseTree(model.tokens, {"it": [reading.text]}), least=-1.0)
    assert found is not None
    assert found[1] == pytest.approx(0.0, abs=0.01)


def test_the_likeliest_phrase_is_found(model: Moonshine, reading: Decoded) -> None:
    """However many there are beside it."""
    phrases = PhraseTree(model.tokens, {text: spellings(text) for text in ("yes", "no", "go ahead", "forty two")})
    found = likeliest(model, reading, phrases, least=-20.0)
    assert found is not None
    assert found[0] == "no"


def test_what_is_less_likely_than_asked_for_is_not_found(model: Moonshine, reading: Decoded) -> None:
    """No choice is nearest enough just because there is no other."""
    phrases = PhraseTree(model.tokens, {"deployment": spellings("deployment")})
    assert likeliest(model, reading, phrases, least=-9.0) is None


def test_a_misread_word_is_the_choice_that_was_said(choosing: Choosing, reading: Decoded, pcm: bytes) -> None:
    """Lone words are read as others that sound like them."""
    assert choosing.choose(heard_as("Noah.", reading), pcm, ["No", "Maybe"]) == "No"


@pytest.mark.parametrize("choices", [["now", "later on"], ["known", "unknown"], ["red", "green", "blue"]])
def test_a_no_is_no_choice_that_sounds_like_it(
    choosing: Choosing, reading: Decoded, pcm: bytes, choices: list[str]
) -> None:
    """Yes, no and numbers are always among what is scored."""
    assert choosing.choose(reading, pcm, choices) is None
    assert choosing.choose(heard_as("Noah.", reading), pcm, choices) is None


@pytest.mark.parametrize("text", ["Not no.", "Never no.", "I won't.", "No, no, no.", "Oh no."])
def test_a_denial_and_what_says_more_stand_as_they_were_read(
    choosing: Choosing, reading: Decoded, pcm: bytes, text: str
) -> None:
    """What else was said is part of the answer."""
    assert choosing.choose(heard_as(text, reading), pcm, ["no", "low"]) is None


@pytest.mark.parametrize("choices", [["$10", "€10"], ["-5", "5"], ["no", "No!"]])
def test_choices_that_sound_alike_are_left_to_what_was_read(
    choosing: Choosing, reading: Decoded, pcm: bytes, choices: list[str]
) -> None:
    """The first of them would be taken for the other one."""
    assert choosing.choose(heard_as(choices[1], reading), pcm, choices) is None


def test_a_sentence_is_not_scored(choosing: Choosing, reading: Decoded, pcm: bytes) -> None:
    """It cannot be a choice of one word."""
    assert choosing.choose(heard_as("Well that is a good question", reading), pcm, ["no", "yes"]) is None


def test_digits_name_a_choice_in_words(choosing: Choosing, reading: Decoded, pcm: bytes) -> None:
    """And the other way round."""
    assert choosing.choose(heard_as("42.", reading), pcm, ["forty two", "seven"]) == "forty two"
    assert choosing.choose(heard_as("Ten per cent.", reading), pcm, ["10%", "20%"]) == "10%"
