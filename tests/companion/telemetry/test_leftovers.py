"""Folders of figures that workers left behind are removed, and none of one that may be up."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mcp_voice.workers import figures
from mcp_voice_agent.telemetry.leftovers import UNCLAIMED_SECONDS, claimed, remove_dead

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there, nothing says which worker is up")
HOLD = """
import fcntl, os, sys, time
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def _gone() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def _folder(cache: Path, port: int, *files: str, old: bool = False) -> Path:
    folder = cache / f"prometheus-{port}"
    folder.mkdir()
    for name in files:
        (folder / name).write_bytes(b"figures")
    if old:
        for each in (*folder.iterdir(), folder):
            os.utime(each, (0, 0))
    return folder


def _left(cache: Path) -> set[str]:
    return {each.name for each in cache.iterdir()}


def test_a_folder_of_a_worker_that_has_ended_is_removed(tmp_path: Path) -> None:
    """One was left for each port that there ever was: 36 of them were found."""
    folder = tmp_path / "prometheus-9464"
    with claimed(folder):
        _folder(tmp_path, 9464, f"gauge_all_{_gone()}.db", "counter_room1.db", "room1.lock")
        remove_dead(tmp_path, but=tmp_path / "prometheus-1")
        assert folder.is_dir()
    remove_dead(tmp_path, but=tmp_path / "prometheus-1")
    assert _left(tmp_path) == set()


def test_a_folder_of_an_older_version_is_removed_when_nothing_has_been_written_for_a_day(tmp_path: Path) -> None:
    """It has no lock beside it, and its worker may be up and idle."""
    _folder(tmp_path, 1, f"gauge_all_{_gone()}.db", old=True)
    _folder(tmp_path, 2, f"gauge_all_{_gone()}.db")
    _folder(tmp_path, 3, f"gauge_all_{os.getpid()}.db", old=True)
    remove_dead(tmp_path, but=tmp_path / "prometheus-9")
    assert _left(tmp_path) == {"prometheus-2", "prometheus-3"}
    assert UNCLAIMED_SECONDS > 3600


@pytest.mark.parametrize("lock", ["prometheus-1.lock", "prometheus-1/room1.lock"], ids=["worker", "room"])
def test_what_another_process_holds_stays(tmp_path: Path, lock: str) -> None:
    """A worker between two rooms, and a room whose worker was killed."""
    _folder(tmp_path, 1, f"gauge_all_{_gone()}.db", old=True)
    command = [sys.executable, "-c", HOLD, str(tmp_path / lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        os.utime(tmp_path / "prometheus-1", (0, 0))
        remove_dead(tmp_path, but=tmp_path / "prometheus-9")
        assert (tmp_path / "prometheus-1").is_dir()
        holder.communicate()


def test_what_is_none_of_ours_stays(tmp_path: Path) -> None:
    """Other names, other files, links, and the folder of the worker that is starting."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    cache = tmp_path / "cache"
    cache.mkdir()
    _folder(cache, 1, "notes.txt", old=True)
    _folder(cache, 2, old=True).joinpath("more").mkdir()
    (cache / "prometheus-3").symlink_to(elsewhere, target_is_directory=True)
    (cache / "prometheus-4").write_text("a file")
    (cache / "prometheus-of-mine").mkdir()
    _folder(cache, 5, f"gauge_all_{_gone()}.db", old=True)
    before = _left(cache)
    remove_dead(cache, but=cache / "prometheus-5")
    assert _left(cache) == before
    assert elsewhere.is_dir()


def test_a_cache_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    """Nor one that cannot be looked into."""
    remove_dead(tmp_path / "none", but=tmp_path)


@pytest.fixture
def no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system without them, as some network shares are."""

    def flock(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", flock)


@pytest.mark.usefixtures("no_locks")
def test_without_locks_a_worker_starts_at_once_and_removes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It waited 2 s for nobody; what cannot be known to be dead stays."""
    monkeypatch.setattr(time, "sleep", pytest.fail)
    left = _folder(tmp_path, 1, f"gauge_all_{_gone()}.db", old=True)
    with claimed(tmp_path / "prometheus-9464"):
        remove_dead(tmp_path, but=tmp_path / "prometheus-9464")
    assert left.exists()
    assert "is not locked" in caplog.text


@pytest.mark.usefixtures("no_locks")
def test_without_locks_each_room_has_figures_of_its_own(tmp_path: Path) -> None:
    """Its process ended before its conversation began."""
    assert figures._slot(str(tmp_path)) is None
