"""A disk that is full: whoever asked for a file is told so, and nothing that was there before is lost."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import typer
from pydantic import BaseModel
from rich.console import Console

from benchmarks import __main__ as benchmarks
from benchmarks import results
from mcp_voice.audio import Pcm
from mcp_voice.demo import report
from mcp_voice.errors import BadSettings
from mcp_voice_agent.demo import report as companion_report
from mcp_voice_agent.room_config.cache import ConfigCache

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/dev/full, which is always full, is Linux's")

FULL = Path("/dev/full")
SILENCE = Pcm(np.zeros(24_000, np.int16), 24_000)


def person() -> Any:
    """A human who has heard and said nothing."""
    return SimpleNamespace(
        recording=lambda: (SILENCE, SILENCE),
        recorded_since=lambda: 0.0,
        record=lambda path: path.write_bytes(SILENCE.wav()),
        heard=SimpleNamespace(frames=lambda _: []),
    )


def nothing() -> Any:
    """A companion's story in which nobody says anything."""
    return SimpleNamespace(sounds=[], companion="companion")


@pytest.mark.parametrize(
    "record",
    [
        lambda folder: report.record(folder, person(), [], name="Ada"),
        lambda folder: companion_report.record(folder, person(), nothing(), name="Ada"),
    ],
    ids=["demo", "companion"],
)
def test_a_recording_that_a_full_disk_does_not_take_is_one_clear_error(
    record: Callable[[Path], object], tmp_path: Path
) -> None:
    """It names the folder, the cause and the option, and is no traceback."""
    (tmp_path / "room.wav").symlink_to(FULL)
    with pytest.raises(BadSettings, match=r"cannot be written: the disk is full. Free some space, or set --output"):
        record(tmp_path)


def test_a_folder_that_may_not_be_written_to_is_told_of_as_such(tmp_path: Path) -> None:
    """Not every failure is a full disk."""
    (tmp_path / "server.log").mkdir()
    with pytest.raises(BadSettings, match=r"cannot be written: Is a directory. Set --output to a folder"):
        report.log_file(tmp_path)


def test_figures_that_cannot_be_kept_leave_the_old_ones_and_say_why(tmp_path: Path) -> None:
    """Twenty minutes of measuring have been printed before."""
    (tmp_path / "results.json").write_text('{"old": 1}', encoding="utf-8")
    (tmp_path / "results.json.part").symlink_to(FULL)
    told = io.StringIO()
    with pytest.raises(typer.Exit):
        benchmarks._keep({"new": 2, "failed": {}}, tmp_path, Console(file=told, width=1_000), document=False)
    assert "nothing was kept" in told.getvalue()
    assert "the disk is full" in told.getvalue()
    assert json.loads((tmp_path / "results.json").read_text(encoding="utf-8")) == {"old": 1}
    assert results.load_results(tmp_path) == {"old": 1}


class Value(BaseModel):
    """What is kept."""

    text: str


def test_a_configuration_that_a_full_disk_does_not_take_is_done_without_and_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The conversation goes on; the operator reads of it."""
    cache = ConfigCache(Value, tmp_path)

    def full(_: Path, data: bytes) -> None:
        FULL.write_bytes(data)

    monkeypatch.setattr(cache, "_write", full)
    with caplog.at_level(logging.WARNING):
        cache.put(Value(text="x"), "room")
    assert "the disk is full" in caplog.text
    assert cache.get("room") is None
