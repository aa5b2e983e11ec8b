"""Choices inside natural sentences: what a reply names, and what it only tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcp_voice.words import named_choice
from mcp_voice.words.attributes import proper_name

TABLE = Path(__file__).parents[1] / "data" / "namings.tsv"
ROWS = [row.split("\t") for row in TABLE.read_text("utf-8").splitlines() if row and not row.startswith("#")]


def test_the_rows_are_well_formed() -> None:
    """A row that lost a tab would test nothing."""
    assert len(ROWS) >= 200
    assert [row for row in ROWS if len(row) != 3 or row[2] not in ("-", *row[0].split("|"))] == []


@pytest.mark.parametrize("listed", sorted({row[0] for row in ROWS}))
def test_a_sentence_names_the_choice_that_is_meant_and_none_that_is_not(listed: str) -> None:
    """"I have a Postgres database" named none, "the tire is flat" named "A flat"."""  # fmt: skip
    rows = [row for row in ROWS if row[0] == listed]
    named = [(reply, named_choice(reply, listed.split("|")) or "-") for _, reply, _ in rows]
    assert named == [(reply, expected) for _, reply, expected in rows]


@pytest.mark.parametrize("listed", sorted({row[0] for row in ROWS}))
def test_the_form_in_which_a_recogniser_writes_a_sentence_names_no_other_choice(listed: str) -> None:
    """Capitals and a full stop, or none of both."""
    choices = listed.split("|")
    for _, reply, expected in (row for row in ROWS if row[0] == listed and not row[1].endswith("?")):
        for written in (f"{reply[0].upper()}{reply[1:].rstrip('.')}.", reply.lower()):
            assert (named_choice(written, choices) or "-") in (expected, "-"), written


@pytest.mark.parametrize(
    ("choice", "proper"),
    [
        ("Postgres", True),
        ("MySQL", True),
        ("GitHub", True),
        ("postgres", False),
        ("Red", False),
        ("Local", False),
        ("STAGING", False),
        ("Monday", False),
        ("C++", False),
        ("", False),
        (" ", False),
        ("Éclair", True),
    ],
)
def test_a_product_is_told_from_an_ordinary_word(choice: str, *, proper: bool) -> None:
    """"I have a local database" tells something and chooses nothing."""  # fmt: skip
    assert proper_name(choice) is proper
