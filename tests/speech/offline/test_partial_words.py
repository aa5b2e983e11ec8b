"""Words so far: those that are settled, and no others."""

from __future__ import annotations

from mcp_voice.speech.offline.partial_words import PartialWords


def test_the_first_reading_is_not_shown() -> None:
    """What is read of a first half second is as often another word, and would silence us for good."""
    assert not PartialWords().read("You")


def test_what_two_readings_agree_on_is_shown() -> None:
    """The last words may still change."""
    partial = PartialWords()
    partial.read("Make a cop")
    assert partial.read("Make a copy of") == "Make a"
    assert partial.read("Make a copy of the report.") == "Make a copy of"


def test_what_is_no_more_than_was_shown_is_not_shown_again() -> None:
    """Nobody needs the same words twice, and none is taken back."""
    partial = PartialWords()
    partial.read("Make a copy")
    assert partial.read("Make a copy")
    assert not partial.read("Make a copy")
    assert not partial.read("Mark a copy")


def test_capitals_and_signs_are_no_difference() -> None:
    """A comma becomes a full stop as the sentence goes on."""
    partial = PartialWords()
    partial.read("Yes.")
    assert partial.read("yes, please") == "yes,"
