"""Numbers with what they count."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mcp_voice.texts.counting import counted

ROOT = Path(__file__).parents[2]
NOUNS = "characters|entries|minutes|modules|packages|participants|people|questions|rooms|settings|tools"
BESIDE = re.compile(rf"\{{[^{{}}]*\}} (?:{NOUNS})\b")
"""A number that is filled in beside a plural."""
PLURAL_ALWAYS = {
    # Constants above one.
    "{LEAST_SECRET} characters",
    "{LONGEST_CHOICE} characters",
    "{LONGEST_NAME} characters",
    "{LONGEST_QUERY} characters",
    "{LONGEST_SUBJECT} characters",
    "{LONGEST_BODY} characters",
    "{LONGEST_TEXT:,} characters",
    "{WAIT_SECONDS / 60:.0f} minutes",
    "{minutes:.0f} minutes",
    "{len(ask_ids)} questions",
    "{OPEN} questions",
    "{RATE} questions",
    "{LEAST_KEY} characters",
    "{LONGEST_FILTERS} characters",
    "{LONGEST_LENGTH} characters",
    "{MOST_COPIES} people",
    # Over a constant above one, or with a fraction.
    "{length} characters",
    "{found.minutes:,.1f} minutes",
    # Of a month.
    "{found.month_minutes:,.0f} minutes",
}


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (0, ("room",), "0 rooms"),
        (1, ("room",), "1 room"),
        (2, ("room",), "2 rooms"),
        (1000, ("entry", "entries"), "1,000 entries"),
        (1, ("entry", "entries"), "1 entry"),
    ],
)
def test_one_of_something_is_no_plural(number: int, words: tuple[str, ...], said: str) -> None:
    """Nobody is invited for "1 minutes"."""
    assert counted(number, *words) == said


def test_a_number_that_may_be_one_stands_beside_no_plural() -> None:
    """Whoever writes the next sentence with a number in it is led to ``counted``."""
    found = {
        match[0]
        for top in ("mcp_voice", "agents/mcp_voice_agent", "benchmarks")
        for path in (ROOT / top).rglob("*.py")
        for match in BESIDE.finditer(path.read_text(encoding="utf-8"))
    }
    assert found == PLURAL_ALWAYS
