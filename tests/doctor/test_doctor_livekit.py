"""Doctor on the way to a LiveKit server: each illness is real, and is told from all others."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream

from mcp_voice.doctor.key import KEY
from mcp_voice.doctor.reach import REACH
from mcp_voice.errors import LiveKitError
from mcp_voice.room.access import Access
from mcp_voice.room.server_api import server_api
from testkit.command import run
from testkit.doctor import at, examined, problems, states
from testkit.rig import Rig

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def answering(status_line: str, body: str = "", *, clock: float = 0.0) -> AsyncIterator[str]:
    """The URL of an HTTP server that says the same to everybody, with a clock that is so many seconds ahead."""

    async def answer(client: SocketStream) -> None:
        async with client:
            try:
                await client.receive()
            except anyio.EndOfStream:
                return  # only wanted to know whether somebody is there
            date = formatdate(time.time() + clock, usegmt=True)
            headers = f"Date: {date}\r\nContent-Type: application/json\r\nContent-Length: {len(body.encode())}"
            await client.send(f"HTTP/1.1 {status_line}\r\n{headers}\r\nConnection: close\r\n\r\n{body}".encode())

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, answer)
        yield f"ws://127.0.0.1:{listener.extra(SocketAttribute.local_port)}"  # noqa: S610  # not Django's
        tasks.cancel_scope.cancel()


async def test_a_black_hole_is_given_up_in_time() -> None:
    """A port that takes connections and never answers costs one limit, not for ever."""
    with socket.create_server(("127.0.0.1", 0)) as hole:
        found = await examined(at(f"ws://127.0.0.1:{hole.getsockname()[1]}"), *REACH, *KEY)
    assert problems(found) == {"http": ["silent-server"]}
    assert states(found)["key"] == "skipped"


async def test_a_name_that_cannot_be_found_is_told_from_a_dead_server() -> None:
    """DNS is named as the cause."""
    assert problems(await examined(at("wss://livekit.invalid"), *REACH)) == {"address": ["dns"]}


@pytest.mark.parametrize(
    ("status_line", "problem"),
    [("404 Not Found", "not-livekit"), ("200 OK", "not-livekit"), ("502 Bad Gateway", "server-trouble")],
)
async def test_another_server_is_not_taken_for_livekit(status_line: str, problem: str) -> None:
    """A web server, even one that says yes to everything, and a proxy without a server behind it are named."""
    async with answering(status_line, "hello") as url:
        assert problems(await examined(at(url), *REACH)) == {"http": [problem]}


@pytest.mark.parametrize(
    ("status_line", "body", "told"),
    [
        ("200 OK", "<html>welcome</html>", "sent an answer that cannot be read"),
        ("200 OK", "\x00\xff" * 40, "sent an answer that cannot be read"),
        ("403 Forbidden", "null", "sent an answer that cannot be read"),
        ("403 Forbidden", "[]", "sent an answer that cannot be read"),
        ("404 Not Found", "hello", "is not a LiveKit server"),
        ("502 Bad Gateway", "", "sent an answer that cannot be read"),
        ("502 Bad Gateway", "{}", "answered unknown (502)"),
    ],
)
async def test_an_odd_answer_of_the_server_api_is_one_clear_error(status_line: str, body: str, told: str) -> None:
    """A page instead of a message, or JSON that is no object, has the next step too."""
    async with answering(status_line, body) as url, server_api(Access(url, "key", "secret" * 6)) as known:
        with pytest.raises(LiveKitError, match=re.escape(told)) as raised:
            await known.rooms()
    assert "mcp-voice doctor" in str(raised.value)


async def test_tls_where_there_is_none_is_named(rig: Rig) -> None:
    """wss:// to a plain port is the commonest mistake in LIVEKIT_URL."""
    found = await examined(at(rig.server.url.replace("ws://", "wss://")), *REACH)
    assert problems(found) == {"http": ["tls-on-plain-port"]}


@pytest.mark.parametrize(
    ("clock", "problem", "state"),
    [
        (-300.0, "clock-ahead", "failed"),
        (7 * 3600.0, "clock-behind", "failed"),
        (30.0, "clock-drift", "doubtful"),
        (-30.0, "clock-drift", "doubtful"),
    ],
)
async def test_clocks_that_disagree_are_noticed_before_the_key_is_blamed(
    clock: float, problem: str, state: str
) -> None:
    """A server whose clock is so many seconds ahead of ours: its 401 would look like a wrong secret."""
    async with answering("401 Unauthorized", "no permissions", clock=clock) as url:
        found = await examined(at(url), *REACH)
    assert problems(found) == {"clock": [problem]}
    assert states(found)["clock"] == state


async def test_each_half_of_a_key_has_its_own_name(rig: Rig) -> None:
    """The server API says 401 to both; doctor says which of the two is wrong, and passes what is right."""
    wrong = at(rig.server.url, key=rig.server.api_key)
    unknown = at(rig.server.url, key="APIunknown")
    right = at(rig.server.url, key=rig.server.api_key, secret=rig.server.api_secret)
    assert problems(await examined(wrong, *REACH, *KEY)) == {"key": ["wrong-secret"]}
    assert problems(await examined(unknown, *REACH, *KEY)) == {"key": ["unknown-key"]}
    assert problems(await examined(right, *REACH, *KEY)) == {}


async def test_a_short_secret_is_told_by_doctor_not_by_a_library(rig: Rig, tmp_path: Path) -> None:
    """PyJWT's warning, with a file of its own in it, stood in the midst of the table."""
    done = await run("doctor", folder=tmp_path, settings=rig.environment(LIVEKIT_API_SECRET="secret"))
    assert "LIVEKIT_API_SECRET has 6 characters" in done.out
    assert "Warning" not in done.err


async def test_half_of_a_configuration_is_named() -> None:
    """A URL without a secret."""
    assert problems(await examined(at("ws://127.0.0.1:7880", secret=""), *REACH)) == {"address": ["half-configured"]}
