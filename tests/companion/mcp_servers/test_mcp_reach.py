"""An MCP server is reached, or it is said why not and what to do."""

from __future__ import annotations

import gzip
import os
import socket
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.types import ListToolsResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from mcp_voice_agent.mcp_servers import Http, McpServer, ServerFault, Stdio
from mcp_voice_agent.mcp_servers.reach import reach
from testkit.serving import serving
from tests.companion.mcp_servers.mcp_programs import LIMIT, pids, program, until_ended

pytestmark = pytest.mark.anyio


async def fault(server: McpServer, *, seconds: float = LIMIT) -> ServerFault:
    """Why a server cannot be used."""
    with pytest.raises(ServerFault) as raised, anyio.fail_after(2 * LIMIT):
        await reach(server, seconds=seconds)
    return raised.value


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
        (401, "refused the request with HTTP 401", "Check its `headers`."),
        (404, "refused the request with HTTP 404", "Check that `url` has the path of its MCP endpoint."),
        (503, "refused the request with HTTP 503", "Look at its log."),
        (307, "answered with a redirect", "Set the `url` it redirects to."),
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
    assert found.what == "answered with more than is accepted"
    assert sent < 32_000_000
