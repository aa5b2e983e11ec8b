"""A choice that is tapped comes as a text that equals it, and is that choice whatever it is spelled like."""

from __future__ import annotations

import pytest

from mcp_voice.words import chosen

ODD = (
    "🚀",
    "🚀 Ship it!!",
    "¡Nö, später…",
    "x" * 100,
    "3) C++ & <b>",
    "no",
    "not Postgres",
    "Postgres",
    "wait",
    "2",
    "yes, but",
    "はい",
    "👩‍👩‍👧 e\u0301",
    "...",
)


@pytest.mark.parametrize("choice", ODD)
@pytest.mark.parametrize("language", ["en", "de", "ja"])
def test_a_text_that_equals_a_choice_is_that_choice(choice: str, language: str) -> None:
    """Among others that are longer, mean the contrary, or are no words."""
    assert chosen(choice, ODD, keyed=False, language=language) == choice


def test_a_key_is_no_tap() -> None:
    """On a telephone 2 is the second one, and where another is called so it may be either."""
    assert chosen("2", ("2", "3"), keyed=True, language="en") is None
    assert chosen("2", ("2", "3"), keyed=False, language="en") == "2"
