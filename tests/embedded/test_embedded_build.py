"""How a livekit-server is built, once for all processes; programs of the test's own stand in for Go and the result."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

import anyio
import psutil
import pytest

from mcp_voice.embedded import find_or_build
from mcp_voice.errors import EmbeddedServerError
from mcp_voice.settings import Settings
from testkit.stand_ins import BROKEN, build_here, go, silent
from testkit.waiting import until

if TYPE_CHECKING:
    from pathlib import Path
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are programs by their first line"),
]
LIMIT = 20.0


async def test_processes_that_need_a_build_at_once_build_once(bare_settings: Settings, tmp_path: Path) -> None:
    """The second waits for the first, and both get the same program; the scratch folders are gone."""
    go(tmp_path, rest="time.sleep(0.5)")
    paths: list[Path] = []

    async def find() -> None:
        paths.append(await find_or_build(bare_settings, progress=silent))

    with anyio.fail_after(LIMIT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(find)
            tasks.start_soon(find)
    assert paths == [tmp_path / "cache" / "livekit-server-v1.13.5"] * 2
    assert (tmp_path / "bin" / "builds").read_text() == "x"
    assert {path.name for path in (tmp_path / "cache").iterdir()} == {
        "livekit-server-v1.13.5",
        "livekit-server-v1.13.5.sha256",
        "build.lock",
    }


async def test_a_build_that_fails_says_why_and_what_to_install(bare_settings: Settings, tmp_path: Path) -> None:
    """Go's last words are in the error, without the proxy's password, and a way out; nothing is left in the cache."""
    go(tmp_path, rest="sys.exit('go: https://me:hush/a@proxy.example/x?key=quiet: no such host')")
    with pytest.raises(EmbeddedServerError, match=r"no such host.*Install livekit-server") as caught:
        await find_or_build(bare_settings, progress=silent)
    assert not any(secret in str(caught.value) for secret in ("hush", "quiet"))
    assert {path.name for path in (tmp_path / "cache").iterdir()} == {"build.lock", "build.json", "build.log"}
    assert (tmp_path / "cache" / "build.log").read_text() == ""


async def test_a_built_server_that_does_not_run_is_an_error(bare_settings: Settings, tmp_path: Path) -> None:
    """The result is tried before it is used."""
    go(tmp_path, server=BROKEN)
    with pytest.raises(EmbeddedServerError, match=r"was built but does not run"):
        await find_or_build(bare_settings, progress=silent)


async def test_a_cancelled_build_ends_go_and_what_it_has_started(bare_settings: Settings, tmp_path: Path) -> None:
    """Neither Go nor its compiler goes on, and the next build can start."""
    rest = "pathlib.Path(__file__).with_name('pids').write_text(f'{os.getpid()} {os.fork() or os.getpid()}')"
    go(tmp_path, rest=f"{rest}; time.sleep(600)")
    pids = tmp_path / "bin" / "pids"
    with anyio.fail_after(LIMIT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(build_here, tmp_path)
            await until(lambda: pids.exists() and pids.read_text(), limit=LIMIT)
            tasks.cancel_scope.cancel()
        for pid in map(int, pids.read_text().split()):
            await until(partial(gone, pid), limit=LIMIT)
        go(tmp_path)
        assert os.access(await build_here(tmp_path), os.X_OK)


def gone(pid: int) -> bool:
    """Whether the process has ended."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.usefixtures("bare_settings")
async def test_a_build_that_gets_on_is_not_ended_however_slow_the_machine_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where six others compiled too it was ended after 15 minutes, at 80 %; only a silence tells that it hangs."""
    monkeypatch.setattr("mcp_voice.embedded.build.STILL_SECONDS", 8.0)
    slow = "for step in range(20): time.sleep(0.5); print(f'example.com/part{step}', file=sys.stderr, flush=True)"
    go(tmp_path, rest=slow)
    with anyio.fail_after(LIMIT * 2):
        assert os.access(await build_here(tmp_path), os.X_OK)


@pytest.mark.usefixtures("bare_settings")
@pytest.mark.parametrize(("limit", "rest"), [("STILL", ""), ("BUILD", "print('a/b', file=sys.stderr, flush=True)")])
async def test_a_build_that_hangs_is_ended_and_its_error_says_that_the_next_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, rest: str
) -> None:
    """And how far it came, so that nobody believes that all has been for nothing."""
    monkeypatch.setattr(f"mcp_voice.embedded.build.{limit}_SECONDS", 1.0)
    go(tmp_path, rest=f"while True: time.sleep(0.2); {rest}")
    with (
        anyio.fail_after(LIMIT),
        pytest.raises(EmbeddedServerError, match=r"not built in \d+ s .*Start it again") as ended,
    ):
        await build_here(tmp_path)
    assert ended.value.code == "server-not-built"
