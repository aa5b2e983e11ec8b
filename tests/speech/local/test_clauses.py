# ruff: noqa: RUF001  # IPA and other scripts have letters that look like others.
"""What a Piper voice is given of a text: pure rules."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mcp_voice.speech.local.clauses import FIRST, LONGEST, Clause, clause, phoneme_ids, stretches

IDS = {"_": (0,), "^": (1,), "$": (2,), " ": (3,), "a": (14,), "b": (15, 16), ".": (10,)}
WORD = "wˈɜːd "


def spoken(*parts: str) -> list[str]:
    """The stretches of clauses, each of which ends with its mark."""
    return list(stretches(clause(part, part.rstrip(",.?")) for part in parts))


@pytest.mark.parametrize(
    ("text", "stop"),
    [
        ("Shall we go on?", "?"),
        ("Well, ", ","),
        ('He said "yes." ', "."),
        ("Wait… ", "."),
        ("no mark", ""),
        ("", ""),
        ("你好。", "."),
        ("first) ", ""),
        ("He saw Dr. ", ""),
        ("He saw the doctor. ", "."),
    ],
)
def test_the_mark_that_ends_a_clause_is_kept_for_the_intonation(text: str, stop: str) -> None:
    """espeak-ng drops it; a voice that gets none does not rise for a question."""
    assert clause(text, "x").stop == stop


def test_marks_of_another_language_are_no_phonemes() -> None:
    """espeak-ng writes the language of a foreign word in parentheses, which would be spelled."""
    assert clause("das Meeting.", "das (en)mˈiːtɪŋ(de)").ipa == "das mˈiːtɪŋ"


def test_signs_that_are_written_as_one_are_taken_apart() -> None:
    """Piper's tables have the letter and the mark upon it each by itself."""
    assert clause("", "\u00e7").ipa == "c\u0327"


def test_the_first_stretch_ends_at_the_first_pause() -> None:
    """Its sound comes when all of it is made; the rest is made while it is heard."""
    assert spoken("aaaaaaaaaaaa,", "bbbb,", "cccc.", "dddd.") == ["aaaaaaaaaaaa,", "bbbb, cccc.", "dddd."]


def test_a_first_word_alone_is_joined_with_what_follows() -> None:
    """It would be over before the next stretch is made."""
    assert spoken("so,", "aaaaaaaaaaaa,", "bbbb.") == ["so, aaaaaaaaaaaa,", "bbbb."]


def test_a_long_first_clause_is_cut_between_words() -> None:
    """Nobody waits for the sound of a sentence of thirty words."""
    first, *rest = spoken(WORD * 30)
    assert len(first) <= FIRST
    assert first.endswith("wˈɜːd")
    assert " ".join([first, *rest]) == f"{(WORD * 30).strip()}."


def test_a_text_without_an_end_is_given_one() -> None:
    """Its last words would hang in the air."""
    assert spoken("aaaaaaaaaaaa,", "bbbb") == ["aaaaaaaaaaaa,", "bbbb."]
    assert spoken("aaaaaaaaaaaa?") == ["aaaaaaaaaaaa?"]


def test_a_stretch_is_not_much_longer_than_the_one_that_is_heard_meanwhile() -> None:
    """After a "Yes." there is half a second to make the next one."""
    first, second, *_ = spoken("jɛs.", WORD * 30)
    assert first == "jɛs."
    assert len(second) <= FIRST


@example([Clause("a", "."), Clause(" ", "")])
@given(st.lists(st.builds(Clause, st.text("ab \u02c8", max_size=500), st.sampled_from(["", ",", ".", "?"]))))
def test_no_phoneme_is_lost_or_doubled_and_none_is_too_long(clauses: list[Clause]) -> None:
    """Whatever a text is made of."""
    made = list(stretches(clauses))
    assert all(0 < len(each) <= LONGEST for each in made)
    whole = "".join(f"{each.ipa}{each.stop}" for each in clauses if each.ipa.strip()).replace(" ", "")
    assert "".join(made).replace(" ", "").removesuffix(".") == whole.removesuffix(".")


def test_the_numbers_are_framed_and_parted_as_piper_does() -> None:
    """Beginning, nothing, each phoneme and nothing after it, end."""
    assert phoneme_ids("a b.", IDS) == [1, 0, 14, 0, 3, 0, 15, 16, 0, 10, 0, 2]


def test_a_phoneme_that_the_voice_does_not_know_is_left_out() -> None:
    """As Piper does: the rest of the word is said."""
    assert phoneme_ids("aʘa", IDS) == phoneme_ids("aa", IDS)
    assert phoneme_ids("a^_$", IDS) == phoneme_ids("a", IDS)
