"""How a short answer may be written."""

from __future__ import annotations

import pytest

from mcp_voice.speech.common_answers import COMMON, NUMBERS, PERCENTAGES
from mcp_voice.speech.offline.spellings import bare_words, spellings


@pytest.mark.parametrize(
    ("phrase", "spelling"),
    [
        ("red", "Red."),
        ("the second option", "The second option."),
        ("forty two", "42."),
        ("forty two", "Forty-two."),
        ("twenty percent", "20%."),
        ("10%", "10%."),
        ("yes please", "Yes, please."),
        ("one hundred", "100."),
        ("C++", "C++."),
    ],
)
def test_what_the_model_may_write_is_among_the_spellings(phrase: str, spelling: str) -> None:
    """Digits and signs come as such."""
    assert spelling in spellings(phrase)


@pytest.mark.parametrize("phrase", ["", " ", ".", "?!"])
def test_a_phrase_without_words_has_no_spelling(phrase: str) -> None:
    """It cannot be said."""
    assert not spellings(phrase)


def test_no_phrase_has_many_spellings() -> None:
    """Each is some work."""
    assert max(len(spellings(phrase)) for phrase in (*COMMON, *NUMBERS, *PERCENTAGES)) <= 16


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Forty-two.", "42"),
        ("Yes, please!", "yes please"),
        ("Ten per cent", "10%"),
        ("The Second Option", "the second option"),
    ],
)
def test_spellings_of_one_phrase_are_the_same_words(one: str, other: str) -> None:
    """They sound alike."""
    assert bare_words(one) == bare_words(other)


@pytest.mark.parametrize(("one", "other"), [("42", "40 2"), ("C++", "C"), ("not now", "now"), ("twenty", "twenty one")])
def test_other_words_are_not_the_same(one: str, other: str) -> None:
    """Nothing that is heard is dropped."""
    assert bare_words(one) != bare_words(other)
