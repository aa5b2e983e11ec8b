"""No program of an MCP server is left behind, however it or the companion ends."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import anyio
import psutil
import pytest

from mcp_voice_agent.mcp_servers.connection import connected
from mcp_voice_agent.mcp_servers.leash import leashed
from mcp_voice_agent.mcp_servers.reach import reach
from testkit import mcp_program
from testkit.waiting import until
from tests.companion.mcp_servers.mcp_programs import LIMIT, pids, program, runs, until_ended

pytestmark = pytest.mark.anyio


async def test_a_server_that_will_not_end_is_killed_with_its_children(tmp_path: Path) -> None:
    """Neither the end of its stdin nor SIGTERM impresses it."""
    await reach(program(tmp_path, "stubborn"))
    await until(lambda: len(pids(tmp_path)) == 2, limit=LIMIT)
    await until_ended(pids(tmp_path))


async def test_a_child_that_holds_the_streams_of_an_ended_server_ends_with_it(tmp_path: Path) -> None:
    """The leash would wait for the end of its output for ever, and whoever calls it for an answer."""
    async with connected(program(tmp_path, "parent")) as connection:
        await until(lambda: len(pids(tmp_path)) == 2, limit=LIMIT)
        psutil.Process(pids(tmp_path)[0]).kill()
        with anyio.fail_after(LIMIT):
            assert (await connection.gone()).code == "mcp-server-ended"
    await until_ended(pids(tmp_path))


async def test_the_leash_ends_a_server_that_reads_nothing_once_nobody_writes(tmp_path: Path) -> None:
    """What was written before fills the pipe, behind which the end of our stdin stands."""
    command = leashed(sys.executable, "-I", "-S", mcp_program.__file__, "deaf", longest=1000)
    env = {"MCP_PROGRAM_LOG": str(tmp_path / "log")}
    async with await anyio.open_process([sys.executable, *command], env=env, start_new_session=True) as leash:
        assert leash.stdin is not None
        try:
            # More than a pipe and a piece: the rest waits for a server that does not read.
            with anyio.move_on_after(LIMIT):
                await leash.stdin.send(b"x" * 150_000)
            await until(lambda: (tmp_path / "log").exists() and bool(pids(tmp_path)), limit=LIMIT)
            await leash.stdin.aclose()
            with anyio.fail_after(LIMIT):
                await leash.wait()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(leash.pid, signal.SIGKILL)
    await until_ended(pids(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems tell of no child that has lost its parent")
async def test_a_child_that_has_left_the_group_of_its_server_is_found(tmp_path: Path) -> None:
    """As a browser does, or a daemon."""
    async with connected(program(tmp_path, "daemon")):
        await until(lambda: len(pids(tmp_path)) == 2, limit=LIMIT)
    await until_ended(pids(tmp_path))


async def test_no_server_outlives_a_process_that_is_killed(tmp_path: Path) -> None:
    """LiveKit kills a job that does not end by itself, and so does whoever is out of memory."""
    script = f"""
import anyio, sys
from pathlib import Path
from mcp_voice_agent.mcp_servers.connection import connected
from tests.companion.mcp_servers.mcp_programs import program
async def main():
    async with connected(program(Path({str(tmp_path)!r}), "stubborn")):
        print("connected", flush=True)
        await anyio.sleep_forever()
anyio.run(main)
"""
    command = [sys.executable, "-c", script]
    async with await anyio.open_process(command, cwd=Path(__file__).parents[3], stderr=None) as job:
        assert job.stdout is not None
        with anyio.fail_after(60):
            assert (await job.stdout.receive()).startswith(b"connected")
        started = pids(tmp_path)
        assert all(runs(pid) for pid in started)
        job.kill()
    await until_ended(started)


async def test_a_connection_notices_that_its_program_is_gone(tmp_path: Path) -> None:
    """Whoever keeps it can start it again, before somebody needs it."""
    async with connected(program(tmp_path)) as connection:
        psutil.Process(pids(tmp_path)[0]).kill()
        with anyio.fail_after(LIMIT):
            await connection.gone()
