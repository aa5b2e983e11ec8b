"""The embedded livekit-server: shared, kept, and gone when nobody needs it; with real processes throughout."""

from __future__ import annotations

import os
import socket
import stat
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import psutil
import pytest

from mcp_voice.embedded import embedded_server, ensure, find_or_build, start, status, stop
from mcp_voice.embedded.keeper.files import Files
from mcp_voice.errors import EmbeddedServerError
from mcp_voice.process.locks import is_locked
from mcp_voice.settings import Settings, load

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from anyio.abc import Process

pytestmark = pytest.mark.anyio

GRACE = 0.3
LIMIT = 20.0
# Passes for livekit-server, but does not stay.
SHORT_LIVED = """#!/bin/sh
case "$1" in
    --version) echo livekit-server version 9.9.9 ;;
    *) echo no luck today >&2; exit 3 ;;
esac
"""
# A user of the server in a process of its own: tells the URL, then stays until its stdin closes.
USER = """
import sys, anyio
from pathlib import Path
from mcp_voice.embedded import embedded_server
from mcp_voice.settings import load

async def main():
    settings = load(state_dir=Path(sys.argv[1]), _env_file=None)
    async with embedded_server(settings, grace=float(sys.argv[2])) as server:
        print(server.url, flush=True)
        sys.stdin.read()

anyio.run(main)
"""


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[Settings]:
    """Settings with a state folder of the test's own; whatever runs there afterwards is stopped."""
    binary = await find_or_build(load(_env_file=None), progress=print)
    settings = load(state_dir=tmp_path / "state", livekit_server=binary, _env_file=None)
    yield settings
    await stop(settings)
    assert not servers(settings)


def files(settings: Settings) -> Files:
    """The private folder of the embedded server."""
    return Files(status(settings).folder)


def servers(settings: Settings) -> list[int]:
    """The livekit-servers that run with this test's configuration."""
    config = str(files(settings).config)
    return [one.pid for one in psutil.process_iter(["cmdline"]) if config in (one.info["cmdline"] or [])]


def keeper(settings: Settings) -> psutil.Process:
    """The process that keeps the server."""
    state = files(settings).read_state()
    assert state is not None
    return psutil.Process(state.keeper_pid)


async def until(condition: Callable[[], bool], *, limit: float = LIMIT) -> None:
    """Return once the condition holds; fails after ``limit`` seconds."""
    with anyio.fail_after(limit):
        while not condition():  # noqa: ASYNC110 - what another process does can only be polled
            await anyio.sleep(0.02)


@asynccontextmanager
async def user(settings: Settings) -> AsyncIterator[tuple[Process, str]]:
    """A process that uses the server, and the URL that it got."""
    command = [sys.executable, "-c", USER, str(settings.state_dir), str(GRACE)]
    environment = {**os.environ, "MCP_VOICE_LIVEKIT_SERVER": str(settings.livekit_server)}
    async with await anyio.open_process(command, env=environment, stderr=None) as process:
        try:
            with anyio.fail_after(LIMIT):
                assert process.stdout is not None
                yield process, (await process.stdout.receive()).decode().strip()
        finally:
            if process.returncode is None:
                process.kill()


async def test_processes_that_start_at_once_share_one_server(settings: Settings) -> None:
    """Two processes and this one get the same URL, and one livekit-server runs."""
    urls: list[str] = []
    everybody_is_in = anyio.Event()

    async def use() -> None:
        async with user(settings) as (_, url):
            urls.append(url)
            await everybody_is_in.wait()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(use)
        tasks.start_soon(use)
        async with embedded_server(settings, grace=GRACE) as server:
            await until(lambda: len(urls) == 2)
            assert set(urls) == {server.url}
            assert status(settings).leases == 3
            assert servers(settings) == [status(settings).pid]
            everybody_is_in.set()


async def test_the_server_ends_after_the_last_lease_and_not_before(settings: Settings) -> None:
    """One of two users leaves: it stays. The other leaves: it and its keeper are gone after the grace."""
    async with embedded_server(settings, grace=GRACE) as first:
        async with embedded_server(settings, grace=GRACE) as second:
            assert first == second
        with anyio.move_on_after(3 * GRACE):
            await until(lambda: not status(settings).running)
        assert status(settings).running
    await until(lambda: not servers(settings) and not is_locked(files(settings).keeper))
    assert not status(settings).running


async def test_a_crash_of_the_user_blocks_nothing(settings: Settings) -> None:
    """A user is killed outright: its lease is void, the server ends, and the next start gets the same port and key."""
    async with user(settings) as (process, url):
        assert status(settings).leases == 1
        process.kill()
        await process.wait()
        await until(lambda: not servers(settings))
    async with embedded_server(settings, grace=GRACE) as server:
        assert server.url == url
        assert status(settings).leases == 1


async def test_a_dead_server_comes_back_at_the_same_url(settings: Settings) -> None:
    """livekit-server is killed: its keeper starts another one on the same port with the same key."""
    async with embedded_server(settings, grace=GRACE) as server:
        old = status(settings).pid
        psutil.Process(old).kill()
        assert await ensure(settings) == server
        await until(lambda: status(settings).pid not in {0, old})
        assert servers(settings) == [status(settings).pid]


async def test_a_killed_keeper_leaves_no_orphan_and_the_server_can_be_had_again(settings: Settings) -> None:
    """The keeper is killed outright: livekit-server dies with it, and ``ensure`` brings both back, same URL and key."""
    async with embedded_server(settings, grace=GRACE) as server:
        keeper(settings).kill()
        await until(lambda: not servers(settings))
        assert not status(settings).running
        assert await ensure(settings, grace=GRACE) == server
        assert status(settings).running


async def test_a_keeper_that_is_asked_to_end_takes_its_server_along(settings: Settings) -> None:
    """SIGTERM, as at the end of a user's login: both are gone, and the log that had grown was moved aside before."""
    files(settings).log.write_text("old words\n" * 300_000)
    async with embedded_server(settings, grace=GRACE):
        assert files(settings).log.stat().st_size == 0
        process = keeper(settings)
        process.terminate()
        await until(lambda: not servers(settings) and not is_locked(files(settings).keeper))


async def test_only_the_owner_can_read_the_files(settings: Settings) -> None:
    """The folders have mode 0700 and the files, which hold the secret, 0600."""
    async with embedded_server(settings, grace=GRACE):
        folder = files(settings).folder
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]}
        assert {"identity.json", "livekit.yaml", "state.json", "livekit-server.log"} < set(modes)
        assert {name: mode for name, mode in modes.items() if mode not in {0o600, 0o700}} == {}
        assert {name for name, mode in modes.items() if mode == 0o700} == {folder.name, "leases"}


async def test_no_secret_is_seen_in_process_lists_or_in_the_environment(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither command line holds the secret, ``repr`` neither, and the keys of providers are not passed on."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-private")
    monkeypatch.setenv("LIVEKIT_KEYS", "other: 0123456789012345678901234567890123456789")
    async with embedded_server(settings, grace=GRACE) as server:
        assert server.api_secret not in repr(server)
        for process in (keeper(settings), psutil.Process(status(settings).pid)):
            assert server.api_secret not in " ".join(process.cmdline())
            assert {"OPENAI_API_KEY", "LIVEKIT_KEYS"}.isdisjoint(process.environ())


async def test_a_taken_port_is_left_to_the_other_program(settings: Settings) -> None:
    """Another program has our port, by TCP or by UDP: we take a different one and keep the key."""
    async with embedded_server(settings, grace=GRACE) as before:
        pass
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        await stop(settings)
        with socket.socket(socket.AF_INET, kind) as other:
            if kind is socket.SOCK_STREAM:  # the last server's connections linger in TIME_WAIT
                other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", int(before.url.rpartition(":")[2])))
            if kind is socket.SOCK_STREAM:
                other.listen()
            async with embedded_server(settings, grace=GRACE) as after:
                assert after.url != before.url
                assert after.api_secret == before.api_secret
        before = after


async def test_start_keeps_the_server_up_until_stop(settings: Settings) -> None:
    """``start`` needs no lease, ``status`` tells all about it, and ``stop`` ends it even under a lease."""
    assert not status(settings).running
    started = await start(settings, progress=print, grace=GRACE)
    assert (started.running, started.pinned, started.leases) == (True, True, 0)
    assert (started.binary, started.pid) == (str(settings.livekit_server), servers(settings)[0])
    assert started.version[0].isdigit()
    with anyio.move_on_after(3 * GRACE):
        await until(lambda: not status(settings).running)
    assert status(settings) == started
    async with embedded_server(settings, grace=GRACE) as server:
        assert server.url == started.url
        ended = await stop(settings)
        assert (ended.running, ended.pinned, ended.leases) == (False, False, 1)
        assert not servers(settings)


async def test_a_server_that_does_not_stay_up_is_an_error_that_says_why(settings: Settings, tmp_path: Path) -> None:
    """A program that passes for livekit-server but ends at once: its own words are in the error."""
    program = tmp_path / "livekit-server"
    program.write_text(SHORT_LIVED)
    program.chmod(0o700)
    with pytest.raises(EmbeddedServerError, match="no luck today"):
        await start(settings.model_copy(update={"livekit_server": program}), progress=print, grace=GRACE)
    assert not status(settings).pinned
    async with embedded_server(settings, grace=GRACE):
        assert status(settings).running


async def test_a_folder_that_cannot_be_used_names_its_setting(settings: Settings, tmp_path: Path) -> None:
    """A state folder that is a file: the error names MCP_VOICE_STATE_DIR."""
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedServerError, match="MCP_VOICE_STATE_DIR"):
        status(settings.model_copy(update={"state_dir": tmp_path / "file"}))
