"""The sounds of words, looked up in a file of 135,000 lines while somebody waits for an answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

pocketsphinx = pytest.importorskip("pocketsphinx", reason="there is none for this Python")

from mcp_voice.speech.answers import ShortAnswers  # noqa: E402
from mcp_voice.speech.offline.dictionary import Dictionary  # noqa: E402
from mcp_voice.speech.offline.grammar import CMN, DICTIONARY  # noqa: E402
from mcp_voice.speech.pronunciation import compounds  # noqa: E402

PATH = Path(pocketsphinx.get_model_path()).joinpath(*DICTIONARY)
MOST_LOOKUPS = 10
"""For a word of a hundred letters: it took 190, each of them through the whole file."""


@pytest.fixture
def dictionary() -> Iterator[Dictionary]:
    """The one that comes with pocketsphinx."""
    with ExitStack() as resources:
        yield Dictionary(PATH, resources)


def test_each_word_of_the_dictionary_is_found(dictionary: Dictionary) -> None:
    """By halves a word is only found where the file's order is the one that the search thinks."""
    lines = [line.split(" ", 1) for line in PATH.read_text().splitlines()]
    for word, phones in [*lines[:200], *lines[::97], *lines[-200:]]:
        assert dictionary.sounds(word) == phones.strip(), word


@pytest.mark.parametrize("word", ["", "zzzzz", "!", "read(9)", "kubernetes", "z" * 100, "naïve", "\ud800", "'"])
def test_a_word_that_is_not_there_has_no_sounds(dictionary: Dictionary, word: str) -> None:
    """Before the first line, after the last one, and between two."""
    assert dictionary.sounds(word) is None


def test_a_choice_of_a_hundred_letters_asks_for_few_words(dictionary: Dictionary) -> None:
    """Thirty of them took 3.7 s at the first answer."""
    asked: list[str] = []

    def lookup(word: str) -> str | None:
        asked.append(word)
        return dictionary.sounds(word)

    with ExitStack() as resources:
        answers = ShortAnswers(lookup, cmninit=CMN, resources=resources)
        answers.expect(["yes"])
        asked.clear()
        answers.expect([letter * 100 for letter in "abcdefghijklmnopqrstuvwxyz"])
    assert 0 < len(asked) <= 26 * MOST_LOOKUPS
    assert not list(compounds("a" * 100)), "no word of a dictionary is half as long"
    assert ("roll", "back") in list(compounds("rollback"))
