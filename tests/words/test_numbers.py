"""Numbers that are said become digits, and the words around them stay as they are."""

from __future__ import annotations

from pathlib import Path

from mcp_voice.words.spoken import canonical

TABLE = Path(__file__).parents[1] / "data" / "numbers.tsv"
ROWS = [row.split("\t") for row in TABLE.read_text("utf-8").splitlines() if row and not row.startswith("#")]


def test_every_number_of_the_table_is_read_as_it_is_meant() -> None:
    """The libraries that were compared on these rows read 60 to 69 of them: see `mcp_voice.words.spoken`."""
    assert len(ROWS) >= 70
    assert [(said, words) for said, meant in ROWS if (words := canonical(said)) != meant.split()] == []
