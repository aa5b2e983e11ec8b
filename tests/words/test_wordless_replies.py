"""Replies in which there is no word: a thumb, a sign, or what a recogniser makes of a noise."""

from __future__ import annotations

import pytest

from mcp_voice.words import named_choice, names_a_choice_completely


@pytest.mark.parametrize("text", ["👍", "=", "'re", "…", "\N{ZERO WIDTH SPACE}"])
@pytest.mark.parametrize("choices", [("A", "B"), ("A flat", "B flat"), ("Yes", "No"), ("1", "a second")])
def test_a_reply_without_words_names_none_of_any_choices(text: str, choices: tuple[str, ...]) -> None:
    """Whatever kind of choices they are, of which each is looked for in a way of its own."""
    assert named_choice(text, choices) is None
    assert not names_a_choice_completely(text, choices)
