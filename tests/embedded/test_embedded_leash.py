"""What keeps livekit-server from outliving its keeper, where the kernel does not do it; and what must not be killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from mcp_voice.embedded.keeper import leash
from mcp_voice.embedded.keeper.files import READY, Files, KeeperState
from mcp_voice.embedded.keeper.server import end_leftover
from mcp_voice.process import isolation
from mcp_voice.process.locks import is_locked, locked, try_lock

LIMIT = 10.0
SLEEPER = [sys.executable, "-c", "import sys; sys.stdin.read(); import time; time.sleep(600)"]


def watched(*program: str) -> subprocess.Popen[bytes]:
    """A leash, as it is used on macOS and Windows, with a program."""
    command = [sys.executable, leash.__file__, "watch", "0", *program]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_watched_program_ends_when_the_keeper_is_gone() -> None:
    """The keeper's death closes the leash's stdin; the program is ended."""
    with watched(*SLEEPER) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        program = psutil.Process(int(process.stdout.readline()))
        assert program.is_running()
        process.stdin.close()
        assert process.wait(LIMIT) != 0
        assert not program.is_running()


def test_a_watched_program_that_ends_ends_its_leash_with_its_own_status() -> None:
    """The keeper learns of the program's death from the leash."""
    with watched(sys.executable, "-c", "raise SystemExit(7)") as process:
        assert process.wait(LIMIT) == 7


@pytest.mark.parametrize("way", ["watch", "become"] if sys.platform == "linux" else ["watch"])
def test_a_program_that_cannot_be_run_is_said_to_be_so(way: str, tmp_path: Path) -> None:
    """A file that is no program: the reason is on stderr, which is the keeper's log."""
    (tmp_path / "broken").write_bytes(b"\x7fELF, but not really")
    (tmp_path / "broken").chmod(0o700)
    command = [sys.executable, leash.__file__, way, str(psutil.Process().pid), str(tmp_path / "broken")]
    done = subprocess.run(command, capture_output=True, timeout=LIMIT, check=False)
    assert done.returncode == leash.CANNOT_RUN
    assert b"cannot be run" in done.stderr


def test_a_leftover_server_is_ended_but_not_a_stranger_with_its_number() -> None:
    """The recorded process is killed only if it was started at the recorded time."""
    with subprocess.Popen(SLEEPER, stdin=subprocess.PIPE) as process:
        born = psutil.Process(process.pid).create_time()
        state = KeeperState(
            READY, "livekit-server", "1.13.5", keeper_pid=1, server_pid=process.pid, server_born=born - 60
        )
        end_leftover(state)
        assert process.poll() is None
        end_leftover(KeeperState(**{**vars(state), "server_born": born}))
        assert not psutil.pid_exists(process.pid)


def test_a_lock_has_one_holder_and_ends_with_it(tmp_path: Path) -> None:
    """A second attempt gets nothing until the first lets go."""
    path = tmp_path / "lock"
    assert not is_locked(path)
    lock = try_lock(path)
    assert lock is not None
    assert try_lock(path) is None
    with locked(path, limit=0.05) as got:
        assert not got
    lock.release()
    assert not is_locked(path)


def test_files_that_are_torn_count_as_missing(tmp_path: Path) -> None:
    """Garbage in the identity or the state is not an error: it is made anew."""
    files = Files(tmp_path)
    for garbage in ("", "{", "[]", '{"phase": "ready"}', "\x00"):
        files.state.write_text(garbage)
        files.identity.write_text(garbage)
        assert files.read_state() is None
        assert files.read_identity() is None


def test_the_keepers_process_is_light() -> None:
    """It lives on when we end: what servers, settings and models need is not in it."""
    script = "import sys, mcp_voice.embedded.keeper.__main__; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        capture_output=True,
        check=True,
        cwd=isolation.FOLDER,
        env=isolation.child_environment(python=True),
        text=True,
        timeout=LIMIT,
    )
    loaded = set(done.stdout.split())
    assert "mcp_voice.embedded.keeper.keep" in loaded
    assert loaded.isdisjoint({"aiohttp", "livekit", "mcp", "mcp_voice.settings", "numpy", "pydantic", "typer"})
