"""An MCP server is reached, or it is said why not and what to do; and none is left behind."""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import psutil
import pytest
from mcp.types import ListToolsResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from mcp_voice_agent.mcp_servers import Http, McpServer, ServerFault, Stdio
from mcp_voice_agent.mcp_servers.connection import connected
from mcp_voice_agent.mcp_servers.leash import leashed
from mcp_voice_agent.mcp_servers.reach import reach
from testkit import mcp_program
from testkit.serving import serving
from testkit.waiting import until

pytestmark = pytest.mark.anyio
LIMIT = 15.0


def program(tmp_path: Path, *manners: str, **env: str) -> McpServer:
    """A server that is a program of ours."""
    env = {"MCP_PROGRAM_LOG": str(tmp_path / "log"), **env}
    way = Stdio(sys.executable, ("-I", "-S", mcp_program.__file__, *manners), env)
    return McpServer("notes", way, secrets=tuple(env.values()))


async def fault(server: McpServer, *, seconds: float = LIMIT) -> ServerFault:
    """Why a server cannot be used."""
    with pytest.raises(ServerFault) as raised, anyio.fail_after(2 * LIMIT):
        await reach(server, seconds=seconds)
    return raised.value


def pids(tmp_path: Path) -> list[int]:
    """The processes of the server that were ever started."""
    lines = [json.loads(line) for line in (tmp_path / "log").read_text(encoding="utf-8").splitlines()]
    return [line["pid"] for line in lines if "pid" in line]


async def until_ended(pids: list[int]) -> None:
    """Wait until none of these runs any more."""
    await until(lambda: not any(runs(pid) for pid in pids), limit=LIMIT)


def runs(pid: int) -> bool:
    """Whether there is such a process, and it is more than an exit status."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_a_program_is_started_and_its_tools_are_listed(tmp_path: Path) -> None:
    """With what it says of each: whether it changes anything is why we have a client of our own."""
    found = await reach(program(tmp_path))
    assert [(each.name, each.reads) for each in found.offered] == [
        ("notes__look_up", True),
        ("notes__write_down", False),
        ("notes__end", True),
    ]
    await until_ended(pids(tmp_path))


async def test_what_is_no_mcp_between_the_answers_is_passed_over(tmp_path: Path) -> None:
    """Some programs greet on stdout."""
    assert len((await reach(program(tmp_path, "noisy"))).offered) == 3


async def test_a_server_gets_nothing_of_our_environment_but_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our keys are no business of its."""
    monkeypatch.setenv("LIVEKIT_API_SECRET", "made-up-secret-of-livekit")
    script = "import os, sys; sys.exit(' '.join(sorted(os.environ)))"
    server = McpServer("notes", Stdio(sys.executable, ("-c", script), {"ITS_OWN": "1"}))
    words = (await fault(server)).cause
    assert "ITS_OWN" in words
    assert "PATH" in words
    assert "LIVEKIT" not in words
    assert "PYTHONSAFEPATH" not in words


async def test_a_server_starts_in_the_home_and_not_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that somebody cloned may hold programs that npx would find first."""
    monkeypatch.chdir(tmp_path)
    server = McpServer("notes", Stdio(sys.executable, ("-c", "import os, sys; sys.exit(os.getcwd())")))
    assert (await fault(server)).cause.startswith(f"its last words were '{Path.home()}'")
    at_home = McpServer("notes", Stdio(sys.executable, ("-c", "import os, sys; sys.exit(os.getcwd())"), cwd=tmp_path))
    assert f"'{tmp_path}'" in (await fault(at_home)).cause


async def test_a_program_that_is_not_on_path_outside_the_working_directory_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator writes where it is; `which` finds one in the venv of the folder, which we do not start."""
    (tmp_path / "notes-server").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)
    found = await fault(McpServer("notes", Stdio("notes-server")))
    assert (found.what, found.code) == ("could not be started", "mcp-server-not-started")
    assert found.cause == "there is no program 'notes-server' on PATH outside the working directory"
    assert found.fix.startswith("Install it, or give its absolute path as `command`")


async def test_the_last_words_of_a_program_that_ends_are_told_without_its_secrets(tmp_path: Path) -> None:
    """They are the cause in most cases."""
    found = await fault(program(tmp_path, "dead", KEY="no such"))
    assert (found.what, found.code) == ("ended", "mcp-server-ended")
    assert found.cause.startswith("its last words were 'there is … account'")


async def test_a_server_that_never_answers_is_given_up(tmp_path: Path) -> None:
    """Its process is ended as well."""
    found = await fault(program(tmp_path, "mute"), seconds=2.0)
    assert (found.what, found.code) == ("did not answer within 2 s", "mcp-server-late")
    await until_ended(pids(tmp_path))


async def test_a_server_whose_line_has_no_end_is_ended(tmp_path: Path) -> None:
    """It would fill the memory of the conversation."""
    found = await fault(program(tmp_path, "long"))
    assert "it wrote a line of more than 1048576 bytes" in found.cause
    await until_ended(pids(tmp_path))


async def test_of_tens_of_thousands_of_tools_only_the_first_hundreds_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To check all of them takes seconds, in which nobody is heard."""
    seen: list[int] = []
    real = ListToolsResult.model_validate

    def noting(result: Any, **options: Any) -> ListToolsResult:
        seen.append(len(result["tools"]))
        return real(result, **options)

    monkeypatch.setattr(ListToolsResult, "model_validate", noting)
    assert len((await reach(program(tmp_path, "many"))).offered) == 500
    assert seen == [500]


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
from tests.companion.test_mcp_reach import program
async def main():
    async with connected(program(Path({str(tmp_path)!r}), "stubborn")):
        print("connected", flush=True)
        await anyio.sleep_forever()
anyio.run(main)
"""
    command = [sys.executable, "-c", script]
    async with await anyio.open_process(command, cwd=Path(__file__).parents[2], stderr=None) as job:
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


async def test_mcp_voice_itself_is_refused(tmp_path: Path) -> None:
    """A companion would speak to the room that it speaks in, and wait for its own answer."""
    found = await fault(program(tmp_path, MCP_PROGRAM_MORE="ask_in_room say_in_room"))
    assert (found.what, found.code, found.lasting) == ("is mcp-voice itself", "mcp-server-ourselves", True)


async def test_an_address_where_nothing_listens_is_told() -> None:
    """As for a server that was not started."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    found = await fault(McpServer("notes", Http(f"http://127.0.0.1:{port}/mcp")))
    assert (found.what, found.code) == ("cannot be reached", "mcp-server-unreachable")
    assert (found.cause, found.fix) == ("ConnectError", "Start it, or correct `url`.")


@pytest.mark.parametrize(
    ("status", "what", "fix"),
    [
        (401, "refused us with HTTP 401", "Check its `headers`."),
        (404, "refused us with HTTP 404", "Check that `url` has the path of its MCP endpoint."),
        (503, "refused us with HTTP 503", "Look at its log."),
        (307, "answered with a redirect", "Set the `url` that it leads to."),
        (200, "answered with something that is not MCP", "Check that it is an MCP server."),
    ],
)
async def test_what_an_address_answers_instead_is_told(status: int, what: str, fix: str) -> None:
    """Each status has a cause of its own, and neither names the address, which may hold a key."""

    async def answer(_: Request) -> Response:
        return HTMLResponse("<p>Hello</p>", status_code=status, headers={"location": "http://other.example.com/mcp"})

    app = Starlette(routes=[Route("/key-1234/mcp", answer, methods=["GET", "POST", "DELETE"])])
    async with serving(app) as port:
        found = await fault(McpServer("notes", Http(f"http://127.0.0.1:{port}/key-1234/mcp")))
    assert found.what == what
    assert found.fix == fix
    assert "key-1234" not in str(found)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_an_answer_without_an_end_is_not_read_to_its_end(encoding: str) -> None:
    """It would fill the memory of the conversation, and what it unpacks to would do so at once."""
    zeros = gzip.compress(bytes(8_000_000)) if encoding == "gzip" else bytes(65_536)
    sent = 0

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        nonlocal sent
        headers = [(b"content-type", b"application/json"), (b"content-encoding", encoding.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for _ in range(1000):
            await send({"type": "http.response.body", "body": zeros, "more_body": True})
            sent += len(zeros)
            with anyio.move_on_after(0):
                if (await receive())["type"] == "http.disconnect":
                    return

    async with serving(endless) as port:
        found = await fault(McpServer("notes", Http(f"http://127.0.0.1:{port}/mcp")))
    assert found.what == "answered with more than can be taken"
    assert sent < 32_000_000
