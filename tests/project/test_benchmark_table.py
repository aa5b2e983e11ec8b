"""What is made of the benchmark's results: the table, the picture, and figures of them; the samples are made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks import companion, results, table
from benchmarks.figures import median, quantile, slope
from benchmarks.guest import LONG_STREAM, QUIET
from benchmarks.picture import draw
from benchmarks.row import Row
from benchmarks.rows import rows as rows_of
from testkit.pictures import Picture

REPLIES = {
    "cold_first_sound_ms": [210.0],
    "warm_first_sound_ms": [90.0, None],
    "complete_reply_ms": [620.0, 640.0],
    "choice_reply_ms": [480.0],
    "complete_parts_ms": [{"pause": 240.0, "stt": 10.0, "endpointing": 250.0, "rest": 120.0}],
    "complete_right": [True, True],
    "choice_right": [False],
}
TRIAL = {"server": "ours", "where": "inside", "pause": 0.5, "cut": False, "lost": False}
TALK = {
    "total_ms": [690.0, 720.0],
    "parts_ms": [dict.fromkeys(companion.PARTS, 100.0), dict.fromkeys(companion.PARTS, 110.0)],
    "right": [True, False],
    "cut": [False],
}
COUNTS = {"rss_mb": [470.0, 470.1], "fds": [23, 23], "threads": [19, 19], "tasks": [30, 30], "right": [True, True]}
FLOODED = {"first_sound_ms": [90.0], "reply_ms": [600.0], "right": [True], "cpu_seconds": [1.0], "sent": [800]}
HEARD = {
    "free": {"people": {"wrong": [0, 1], "words": [10, 10]}, "replies": {"wrong": [], "words": []}},
    "named": {"right": [True], "wrong": [False], "false": [False, True]},
    "misheard": [["somebody", "ten of clubs", "ten of clogs"]],
    "reply_ms": [700.0],
    "stt_ms": [300.0],
    "cpu_seconds": 1.5,
}
ASKED = {
    "cold_first_sound_ms": [800.0],
    "warm_first_sound_ms": [110.0, None],
    "complete_reply_ms": [600.0],
    "complete_right": [True],
    "choice_right": [False],
}
MEASURED: dict[str, Any] = {
    "start": {"start_ms": {"ours": [600.0], "bare": [550.0]}},
    "replies": {
        "ours": REPLIES,
        "offline": REPLIES,
        "naive": REPLIES,
        "tts_first_byte_ms": {"ours": [50.0], "offline": [1.0]},
    },
    "barge_in": {kind: {"silence_ms": [380.0, None], "right": [True, False]} for kind in ("ours", "naive")},
    "pauses": {"trials": [TRIAL, {**TRIAL, "where": "after", "cut": True}, {**TRIAL, "server": "naive", "pause": 1.5}]},
    "rooms": {
        "levels": {
            "1": {
                "rounds": 2,
                "right": 1,
                "wrong": [],
                "lost": 1,
                "given_up": 1,
                "refused_ms": [30.0, 40.0],
                "reply_ms": [650.0],
                "first_sound_ms": [60.0],
                "cpu_seconds": 1.0,
                "rss_mb": 470.0,
            }
        }
    },
    "cost": {
        "rooms": 4,
        "ours": {"warm_open": 4.0, "warm_muted": 2.0, "warm_none": 0.4, "listening_open": 5.0, "speaking_open": 9.0},
        "worker": {"warm_open": 5.0, "listening_open": 6.0, "speaking_open": 10.0},
        "session": dict.fromkeys(("warm_open", "warm_muted", "warm_none", "listening_open", "speaking_open"), 9.0),
        "floor": {"warm_open": 3.0, "warm_muted": 2.0, "warm_none": 0.4, "listening_open": 4.0, "speaking_open": 8.0},
        "memory_mb": {
            kind: {"warm_open": 2.5, "listening_open": 2.75, "speaking_open": 3.5}
            for kind in ("ours", "worker", "session", "floor")
        },
        "server": {"people_open": 1.0, "warm_open": 1.5, "listening_open": 2.0, "speaking_open": 2.5},
        "published": {"warm_open": False, "listening_open": True, "speaking_open": True},
    },
    "flood": {
        "asked": {QUIET: FLOODED, "messages": FLOODED, LONG_STREAM: {**FLOODED, "reply_ms": [None]}},
        "elsewhere": {"messages": FLOODED},
        "list_rooms_ms": {QUIET: [20.0], LONG_STREAM: [40.0]},
    },
    "growth": {"one_room": COUNTS, "fresh_rooms": COUNTS},
    "companion": {"ours": TALK, "naive": TALK, "stubs_ms": 410.0},
    "streaming": {"ours": {**TALK, "dictated_ms": [2700.0]}, "naive": {**TALK, "dictated_ms": []}, "stubs_ms": 410.0},
    "recognition": {"default": {"clean": HEARD, "phone": {**HEARD, "reply_ms": [None]}}},
    "voices": {
        "offline": {
            "first_sound_ms": [2.0],
            "cpu_seconds": 0.01,
            "speech_seconds": 2.0,
            "heard": {"clean": {"wrong": [1, 0], "words": [4, 6]}},
        }
    },
    "http_calls": {"calls_ms": {"list_rooms": {"http": [9.0], "stdio": [4.0]}}},
    "store": {
        "answer_ms": [4.0, 9.0],
        "lost": 0,
        "open": 10_000,
        "rate": 500,
        "commands_an_ask": 11.5,
        "redis_cpu_seconds_an_ask": 0.0008,
        "network_bytes_an_ask": 12_000,
        "log_bytes_an_ask": 4_000,
        "bytes_an_open_ask": 2_000,
    },
    "store_waits": {"waits": 400, "core_share": 0.04, "redis_core_share": 0.02},
    "store_asks": {"direct": ASKED, "store": {**ASKED, "warm_first_sound_ms": [130.0]}},
    "worker_asks": {"direct": ASKED, "worker": ASKED, "job_mb": [70.0]},
}
"""Results as they come, among them what was lost."""


def test_a_flood_that_another_room_notices_is_missed() -> None:
    """Within 1.3 times the figures without it, and only if every reply is right and no figure is missing."""

    def met(**changed: list[Any]) -> bool | None:
        asked = {QUIET: FLOODED, "messages": {**FLOODED, **changed}}
        found = {"measurements": {"flood": {"asked": asked, "elsewhere": {}, "list_rooms_ms": {}}}}
        quiet, flooded = rows_of(found)
        assert quiet.met is None
        return flooded.met

    assert met(reply_ms=[700.0], first_sound_ms=[110.0])
    assert not met(reply_ms=[900.0])
    assert not met(first_sound_ms=[None])
    assert not met(right=[False])


def test_a_room_costs_what_is_needed_to_hear_it_or_its_row_is_missed() -> None:
    """While a question waits, within 1.3 times the SDK's floor in the same state; memory stands beside each figure."""

    def listening(ours: float, floor: float) -> Row:
        cost = {**MEASURED["cost"]}
        for kind, percent in (("ours", ours), ("floor", floor)):
            cost[kind] = {**cost[kind], "listening_open": percent}
        (found,) = [row for row in rows_of({"measurements": {"cost": cost}}) if "waits for its answer" in row.what]
        return found

    assert listening(5.2, 4.0).met
    assert listening(5.3, 4.0).met is False
    assert listening(5.2, 4.0).ours == "5.2 % of a core, 2.8 MB (the SDK's floor: 4.0 %, 2.8 MB)"
    assert listening(5.2, 4.0).naive == "9.0 %, 2.8 MB"


def test_results_become_a_table_and_a_picture(tmp_path: Path) -> None:
    """Every measurement has lines in the page's table, which is put between its marks however often it is written."""
    noted = {name: results.circumstances(1) for name in MEASURED}
    found = {**results.about(), "samples": 1, "measurements": MEASURED, "taken": noted}
    assert set(MEASURED) == set(table.GROUPS)
    document = tmp_path / "page.md"
    document.write_text("# A page\n", encoding="utf-8")
    for _ in range(2):
        table.write_document(found, document, picture="results.svg")
    text = document.read_text(encoding="utf-8")
    assert text.count(table.BEGIN) == text.count(table.END) == 1
    assert table.markdown(found) in text
    draw(found, tmp_path / "results.svg")
    assert Picture.load(tmp_path / "results.svg").width == 1600


def test_figures_taken_again_replace_only_their_own() -> None:
    """A run of some measurements leaves the others as they were, each with the circumstances it was taken in."""
    old = {"measurements": {"start": 1, "rooms": 1}, "taken": {"start": "then", "rooms": "then"}, "samples": 10}
    new = {"measurements": {"rooms": 2}, "taken": {"rooms": "now"}, "samples": 3}
    assert results.merged(old, new) == {
        "measurements": {"start": 1, "rooms": 2},
        "taken": {"start": "then", "rooms": "now"},
        "samples": 3,
    }


def test_figures_are_what_they_say() -> None:
    """Unknown samples do not count, and one outlier makes no slope."""
    assert median([1.0, None, 3.0]) == 2.0
    assert quantile([], 0.95) is None
    assert slope([5.0, 5.0, 5.0, 50.0, 5.0, 5.0]) == 0.0
    assert slope([1.0, 2.0, 3.0]) == 1.0
