"""What people say to "Shall I send it?" in seven languages is taken for what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcp_voice_agent.webhooks.consent import consent
from mcp_voice_agent.webhooks.language import LANGUAGES, language_of

TABLE = Path(__file__).parents[2] / "data" / "agreement.tsv"
ROWS = [row.split("\t") for row in TABLE.read_text("utf-8").splitlines() if row and not row.startswith("#")]


def test_the_table_has_two_hundred_replies_in_well_formed_rows() -> None:
    """A row that lost a tab would test nothing."""
    assert len(ROWS) >= 200
    assert [row for row in ROWS if len(row) != 3 or row[1] not in ("yes", "no", "unclear", "-")] == []
    assert {row[0] for row in ROWS} == set(LANGUAGES)
    assert len({(row[0], row[2]) for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("language", sorted({row[0] for row in ROWS}))
def test_every_reply_of_the_table_is_taken_for_what_it_says(language: str) -> None:
    """"I'm fine" and "okay, I'll send it" sent an e-mail, and "sí, sí" did not."""  # fmt: skip
    rows = [row for row in ROWS if row[0] == language]
    judged = [(reply, consent(reply, language=language_of(language), verbs={"send"}) or "-") for _, _, reply in rows]
    assert judged == [(reply, verdict) for _, verdict, reply in rows]
