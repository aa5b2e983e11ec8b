"""A refusal, an exception or a doubt names no choice, in whatever language the room speaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcp_voice.turns.turn import Patience, Turn
from mcp_voice.turns.verdict import ExpectedAnswer
from mcp_voice.words import named_choice, names_a_choice_completely, unfinished

TABLE = Path(__file__).parents[1] / "data" / "refusals.tsv"
ROWS = [row.split("\t") for row in TABLE.read_text("utf-8").splitlines() if row and not row.startswith("#")]
PATIENCE = Patience()
REFUSALS = (
    "Bitte nicht deployen.",
    "Auf keinen Fall deploy.",
    "Surtout pas deploy.",
    "Não deploy.",
    "Niet deploy.",
    "Ничего не deploy.",
)


def _turn(reply: str, choices: list[str], language: str) -> Turn:
    turn = Turn(PATIENCE, language, ExpectedAnswer(tuple(choices)))
    turn.speech_started(1.0)
    turn.speech_stopped(2.0)
    turn.heard(reply, final=True, at=2.1)
    return turn


def test_the_table_has_at_least_three_hundred_replies_in_well_formed_rows() -> None:
    """A row that lost a tab would test nothing."""
    assert len(ROWS) >= 300
    assert [row for row in ROWS if len(row) != 4 or row[3] not in ("-", *row[1].split("|"))] == []


@pytest.mark.parametrize("language", sorted({row[0] for row in ROWS}))
def test_every_reply_of_the_table_names_what_it_says_and_no_refusal_names_anything(language: str) -> None:
    """"Bitte nicht deployen" came back as consent to deploy."""  # fmt: skip
    rows = [row for row in ROWS if row[0] == language]
    named = [
        (reply, named_choice(reply, choices.split("|"), language=language) or "-") for _, choices, reply, _ in rows
    ]
    assert named == [(reply, expected) for _, _, reply, expected in rows]


@pytest.mark.parametrize("language", sorted({row[0] for row in ROWS}))
def test_a_turn_is_ended_quickly_only_by_a_reply_of_the_table_that_names_a_choice(language: str) -> None:
    """Where nothing is named, what turns the answer round may still come."""
    rows = [row for row in ROWS if row[0] == language]
    for _, listed, reply, expected in rows:
        choices = listed.split("|")
        complete = names_a_choice_completely(reply, choices, language=language)
        assert complete <= (expected != "-"), reply
        assert complete or expected == "-" or unfinished(reply, language=language), reply
        assert (_turn(reply, choices, language).ends_at() == 2.0 + PATIENCE.choice) is complete, reply


@pytest.mark.parametrize("reply", REFUSALS)
def test_a_refusal_in_another_language_names_nothing_in_an_english_room(reply: str) -> None:
    """A room whose language nobody has set is English, and those in it may not be."""
    assert named_choice(reply, ["deploy", "wait"]) is None


def test_a_denial_that_is_offered_is_a_choice_like_any_other() -> None:
    """The answer to "deploy or not deploy" may be the second."""
    choices = ["deploy", "nicht deploy", "später"]
    assert named_choice("Nicht deploy, bitte.", choices, language="de") == "nicht deploy"
    assert named_choice("Später.", choices, language="de") == "später"
    assert named_choice("Vielleicht später.", choices, language="de") is None


def test_names_are_told_apart_by_every_letter_in_other_languages() -> None:
    """"deployen" is near to "deploy", and no name of it; two names that are said name neither."""  # fmt: skip
    assert named_choice("my sql, bitte", ["MySQL", "Postgres"], language="de") == "MySQL"
    assert named_choice("deployen", ["deploy", "wait"], language="de") is None
    assert named_choice("1 2", ["12", "3"], language="fi") is None
    assert named_choice("Postgres und MySQL", ["MySQL", "Postgres"], language="de") is None
    assert named_choice("my sql", ["MySQL", "my-sql"], language="fi") is None
    assert named_choice("C++, s'il te plaît", ["C", "C++"], language="fr") == "C++"


def test_a_function_word_is_a_name_only_where_nothing_else_is_said() -> None:
    """"Das" and "ja" are said in passing."""  # fmt: skip
    assert named_choice("Das, bitte.", ["das", "die"], language="de") == "das"
    assert named_choice("Das ist schwer.", ["das", "die"], language="de") is None
    assert named_choice("Ja, deploy!", ["ja", "deploy"], language="de") is None


def test_a_reply_too_long_to_be_an_answer_names_nothing_in_any_language() -> None:
    """A refusal at the end of a long reply must not be cut off."""
    for language in ("de", "fi"):
        assert named_choice("ja " * 400 + "deploy", ["deploy"], language=language) is None
