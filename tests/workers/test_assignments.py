"""The metadata of a dispatch: ids and a visible name, checked."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mcp_voice.store.records import Place
from mcp_voice.subjects import LONGEST_SUBJECT, Subject, Subjects
from mcp_voice.workers.metadata import Assignment


def test_an_errand_is_read_as_it_was_written() -> None:
    """The worker finds the place that the serving side means."""
    assignment = Assignment("ops", "Claude Code")
    assert Assignment.read(assignment.written()) == assignment
    assert assignment.place("kitchen") == Place("ops", "kitchen")


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        "config-7",
        "null",
        "[]",
        "{}",
        '{"mcp_voice_asker": 1, "subject": "ops", "name": ""}',
        '{"mcp_voice_asker": "2", "subject": "ops", "name": ""}',
        '{"mcp_voice_asker": "1", "subject": 7, "name": ""}',
        '{"mcp_voice_asker": "1", "subject": "ops"}',
        json.dumps({"mcp_voice_asker": "1", "subject": "o" * (LONGEST_SUBJECT + 1), "name": ""}),
        json.dumps({"mcp_voice_asker": "1", "subject": "a\nb", "name": ""}),
        json.dumps({"mcp_voice_asker": "1", "subject": "ops", "name": "n" * 4000}),
        "[" * 2000,
    ],
)
def test_metadata_of_somebody_else_is_no_errand(metadata: str) -> None:
    """Whoever may dispatch agents may name ours, with anything."""
    assert Assignment.read(metadata) is None


@given(some.text(max_size=3000))
def test_no_metadata_breaks_whoever_reads_it(metadata: str) -> None:
    """It is read in the process that all rooms of a worker share."""
    assert Assignment.read(metadata) is None


def test_a_name_cannot_steer_and_is_cut() -> None:
    """It is seen by everybody in the room."""
    read = Assignment.read(json.dumps({"mcp_voice_asker": "1", "subject": "", "name": "a\u202eb\n" + "x" * 100}))
    assert read is not None
    assert len(read.name) <= 64
    assert read.name.isprintable()


def test_the_longest_subject_of_an_authorization_server_reaches_a_worker() -> None:
    """An entry's name of 64 characters, and a ``sub`` of 255."""
    who = Subjects({}, {"*": Subject("n" * 64)}).of_sub("s" * 255)
    assert who is not None
    assert len(who.name) == LONGEST_SUBJECT
    assignment = Assignment(who.name)
    assert Assignment.read(assignment.written()) == assignment
