"""Whether the words so far can be all that somebody wanted to say.

The phrases are in ``words/``, one a line. Those called held out were written before the rules that first met them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mcp_voice.words import asks_for_time, question_key, unfinished
from mcp_voice.words.cut_off import cut_off
from mcp_voice.words.languages import LEXICONS

PHRASES = Path(__file__).parents[1] / "data" / "words"


def _phrases(name: str) -> list[str]:
    return (PHRASES / f"{name}.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(("name", "want", "most"), [("unfinished", True, 0.1), ("complete", False, 0.05)])
def test_replies_that_no_rule_was_written_for_are_mostly_right(name: str, want: bool, most: float) -> None:  # noqa: FBT001
    """Few errors are made on replies that were set down before the rules met them."""
    phrases = _phrases(f"held_out_{name}")
    wrong = [text for text in phrases if unfinished(text) is not want]
    assert len(wrong) <= most * len(phrases), wrong


def test_the_tables_are_large_and_disjoint() -> None:
    """The figures above rest on enough phrases, and no phrase counts twice."""
    names = ("en_unfinished", "en_complete", "held_out_unfinished", "held_out_complete")
    tables = [_phrases(name) for name in names]
    everything = [text for table in tables for text in table]
    assert [len(table) >= 100 for table in tables] == [True] * 4
    assert sorted(everything) == sorted(set(everything))


@pytest.mark.parametrize("language", sorted(LEXICONS))
def test_every_language_has_its_function_words(language: str) -> None:
    """Nobody is cut off after an article, a preposition or a filler, and no whole reply is made to wait."""
    assert [text for text in _phrases(f"{language}_unfinished") if not unfinished(text, language=language)] == []
    assert [text for text in _phrases(f"{language}_complete") if unfinished(text, language=f"{language}-XX")] == []


def test_whoever_is_asked_again_is_told_why_in_every_language_that_we_know() -> None:
    """In another one nothing is said of it: a language that they do not speak is no help."""
    assert [tag for tag in LEXICONS if not cut_off(f"{tag}-XX")] == []
    assert cut_off("fi") == ""


def test_an_unknown_language_is_never_unfinished() -> None:
    """Without words for a language nothing is claimed about it."""
    assert not unfinished("i would like the", language="fi")
    assert not asks_for_time("hold on", language="fi")


def test_nothing_said_is_not_unfinished() -> None:
    """No words, no verdict."""
    assert not unfinished("")
    assert not unfinished(" ... ")


@pytest.mark.parametrize("mark", [",", "...", "…", " -", " –", "—", ":"])  # noqa: RUF001
def test_a_trailing_mark_is_believed(mark: str) -> None:
    """A recogniser that hears somebody trail off knows more than the words."""
    assert unfinished(f"The second one{mark}")


def test_a_question_mark_ends_a_sentence_that_its_words_leave_open() -> None:
    """"Can you?" is whole, "can you" is not."""  # fmt: skip
    assert not unfinished("Can you?")
    assert unfinished("Can you")


def test_a_full_stop_decides_only_what_the_words_leave_open() -> None:
    """Some recognisers put a full stop on everything."""
    assert unfinished("I would")
    assert not unfinished("I would.")
    assert unfinished("I would like the.")


def test_only_the_last_sentence_counts() -> None:
    """What was left open before has been gone on with."""
    assert not unfinished("I would like. The red one.")
    assert unfinished("The red one. And I would like.")
    assert not unfinished("Version 2.5")


def test_case_and_composition_do_not_matter() -> None:
    """A decomposed umlaut, capitals and a typographic apostrophe are the same words."""
    assert unfinished("ICH MO\u0308CHTE", language="de-DE")
    assert unfinished("It\u2019s")
    assert unfinished("I WOULD LIKE THE")


@pytest.mark.parametrize(
    "text",
    ["hold on", "Wait.", "one moment, please", "give me a second", "let me think",
     "Let me think about it for a second.", "hang on a minute", "postgres, no wait", "um, just a second",
     "bear with me", "I'm thinking", "let me check"],
)  # fmt: skip
def test_a_request_for_time_is_heard(text: str) -> None:
    """Who asks for time gets it."""
    assert asks_for_time(text)
    assert unfinished(text)


@pytest.mark.parametrize(
    "text",
    ["wait until tomorrow morning", "let's wait", "we should wait", "I would wait", "the second one", "keep it on hold",
     "give me the second one", "a moment ago", "in a minute", "let me know", "wait for the tests"],
)  # fmt: skip
def test_an_answer_about_waiting_is_no_request_for_time(text: str) -> None:
    """Words of waiting may be the answer."""
    assert not asks_for_time(text)
    assert not unfinished(text)


def test_the_same_question_is_known_in_other_dress() -> None:
    """Case, punctuation and spaces do not make another question."""
    assert question_key("Which  database?") == question_key("which database")
    assert question_key("Don\u2019t we?") == question_key("dont we")
    assert question_key("Use C++?") != question_key("Use C#?")
    assert question_key("Shift by -5?") != question_key("Shift by 5?")
