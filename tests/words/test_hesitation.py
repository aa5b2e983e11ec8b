"""Whether somebody has only hesitated so far: "um" is no answer, and who says it is about to give one."""

from __future__ import annotations

import pytest

from mcp_voice.words import only_hesitates


@pytest.mark.parametrize(
    "text",
    ["Um.", "um...", "Uh, um.", "Hmm.", "HMMM", "Well.", "So.", "Well, um.", "Oh, um.", "Erm, well, so", "Um. Uh.",
     "And um,", "Like, uh"],
)  # fmt: skip
def test_sounds_before_an_answer_are_a_hesitation(text: str) -> None:
    """However a recogniser spells and points them, and in how many sentences."""
    assert only_hesitates(text)


@pytest.mark.parametrize(
    "text",
    ["", "...", "Yes, um.", "Um. Yes. Uh.", "Okay.", "Oh.", "Ah, no.", "Hm?", "Mm-hmm.", "mm hm", "Uh-huh.", "Mhm.",
     "Mm.", "Okay, so", "Um, Postgres", "Uh " * 60],
)  # fmt: skip
def test_what_may_be_an_answer_is_no_hesitation(text: str) -> None:
    """Assent that is hummed, a question back, and whatever holds one word more are returned as soon as ever."""
    assert not only_hesitates(text)


@pytest.mark.parametrize(
    ("language", "text", "hesitates"),
    [
        ("de-DE", "Ähm.", True),
        ("de", "Also, äh", True),
        ("de", "Ähm, ja.", False),
        ("fr", "Euh...", True),
        ("fr", "Bah oui.", False),
        ("es", "Eh, este", False),
        ("es", "Este.", False),
        ("it", "Ehm, cioè", True),
        ("nl", "Nou, eh", True),
        ("pt", "É.", False),
        ("pt", "Hum.", True),
        ("fi", "Um.", False),
    ],
)
def test_each_language_has_its_own_hesitation(language: str, text: str, hesitates: bool) -> None:  # noqa: FBT001
    """Words that are a filler and an answer too ("este", "é") keep nobody waiting."""
    assert only_hesitates(text, language=language) is hesitates
