"""MCP over streamable HTTP: who may call, what one sees of another, and connections that break."""

from __future__ import annotations

import json
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from starlette.types import Message, Receive, Scope, Send

from mcp_voice.asks.figures import CallFigures
from mcp_voice.floor_protocol import ASK_ATTRIBUTE
from mcp_voice.people.human import Human
from mcp_voice.server.open_calls import OpenCalls
from testkit.host import ToolFault
from testkit.http_host import HttpServer, http_server
from testkit.rig import LIMIT, Rig, after_the_question, ours, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

QUESTION = "Which option do you prefer?"
OPS, SALES, SLOW = "o" * 32, "s" * 32, "l" * 32


@pytest.fixture(scope="module")
async def served(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[HttpServer]:
    """One for two teams."""
    folder = tmp_path_factory.mktemp("http")
    tokens = folder / "tokens.json"
    entries = [{"name": "ops", "token": OPS}, {"name": "sales", "token": SALES, "rooms": ["room-*"]}]
    entries.append({"name": "slow", "token": SLOW, "calls_per_minute": 1})
    tokens.write_text(json.dumps({"subjects": entries}))
    settings = rig.environment(MCP_VOICE_HTTP_TOKENS_FILE=str(tokens), MCP_VOICE_HTTP_HANG_UP_SECONDS="4")
    async with http_server(settings, folder) as started:
        yield started


async def test_a_question_over_http_is_answered_by_voice_and_another_subject_sees_nothing_of_it(
    served: HttpServer, rig: Rig, room: str
) -> None:
    """Neither its id, nor its words, nor that it was ever in that room."""
    async with served.host(OPS) as ops, served.host(SALES) as sales, rig.person(room, "alice") as alice:
        async with ops.asking(QUESTION, room_name=room) as call:
            await after_the_question(alice, voice_of("the second option"))
        answer = call.answer
        assert (answer.status, answer.reply) == ("answered", "the second option")
        assert call.progress
        with pytest.raises(ToolFault, match="No ask is kept") as refused:
            await sales.wait(answer.ask_id)
        assert answer.ask_id not in str(refused.value).partition("kept:")[2]
        with pytest.raises(ToolFault, match="No ask is kept"):
            await sales.cancel(answer.ask_id)
        assert (await ops.wait(answer.ask_id)).reply == "the second option"
        assert [text for _, text in await ops.transcript(room)] == [QUESTION, "the second option"]
        with pytest.raises(Exception, match="never in it"):
            await sales.transcript(room)


async def test_the_start_is_one_line_that_names_the_subjects_and_no_token(served: HttpServer) -> None:
    """At the default level, as the audit log is."""
    (line,) = [each for each in served.log.splitlines() if "mcp_voice.start: start: MCP over HTTP at" in each]
    assert served.url in line
    assert line.endswith("subjects: ops, sales, slow")
    assert not any(secret in served.log for secret in (OPS, SALES, SLOW))


async def test_a_subject_sees_and_enters_its_own_rooms_only(served: HttpServer, rig: Rig) -> None:
    """However it asks for another."""
    async with rig.person("board-meeting", "boss"), served.host(SALES) as sales, served.host(OPS) as ops:
        assert "board-meeting" in [room.room_name for room in (await ops.rooms()).rooms]
        assert "board-meeting" not in [room.room_name for room in (await sales.rooms()).rooms]
        for call in (
            sales.ask(QUESTION, room_name="board-meeting"),
            sales.say("Hello.", "board-meeting"),
            sales.listen("board-meeting"),
        ):
            with pytest.raises(ToolFault, match="board-meeting"):
                await call


async def test_a_subject_makes_no_more_calls_than_are_its_own_and_each_is_in_the_audit_log(served: HttpServer) -> None:
    """The others go on, and no line says what was asked."""
    async with served.host(SLOW) as slow, served.host(OPS) as ops:
        await slow.rooms()
        with pytest.raises(ToolFault, match=r"Too many calls: slow may make 1 a minute\. Call again in \d+ s"):
            await slow.ask(QUESTION, room_name="kitchen")
        await ops.rooms()
    lines = [line for line in served.log.splitlines() if "subject=slow" in line]
    assert ["tool='list_rooms' room='' ask='' outcome=done" in lines[0], len(lines)] == [True, 2]
    assert "tool='ask_in_room' room='kitchen' ask='' outcome=error too-many-calls" in lines[1]
    assert not any(secret in served.log for secret in (QUESTION, SLOW, OPS))


async def test_a_name_that_steers_forges_no_line_of_the_audit_log(served: HttpServer) -> None:
    """Whatever somebody calls a tool or a room."""
    forged = "x\n2026-01-01 INFO mcp_voice.audit: tool call: subject=ops\x1b[2J"
    async with served.host(SALES) as sales:
        with pytest.raises(ToolFault, match="Unknown tool"):
            await sales.call(forged, {"room_name": forged})
    lines = [line for line in served.log.splitlines() if "subject=sales" in line]
    assert "outcome=error" in lines[-1]
    assert not [line for line in served.log.splitlines() if line.startswith("2026-01-01")]
    assert "\x1b" not in served.log


async def test_no_number_of_silent_connections_shuts_others_out(served: HttpServer) -> None:
    """Though there are more of them than the process has file descriptors; nor does a body that never comes."""
    host, port = served.url.removeprefix("http://").removesuffix("/mcp").split(":")
    async with AsyncExitStack() as stack:
        for _ in range(600):
            await stack.enter_async_context(await anyio.connect_tcp(host, int(port)))
        slow = await stack.enter_async_context(await anyio.connect_tcp(host, int(port)))
        await slow.send(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n{")
        async with httpx2.AsyncClient(timeout=LIMIT) as http:
            assert (await http.get(served.url.replace("/mcp", "/health"))).json()["status"] == "ready"
        async with served.host(OPS) as ops:
            await ops.rooms()


async def test_no_stream_is_held_open_and_one_token_holds_its_share_of_requests_only(served: HttpServer) -> None:
    """A stream without a session would say nothing, and cost no call."""
    headers = {"Authorization": f"Bearer {OPS}"}
    async with httpx2.AsyncClient(timeout=LIMIT) as http:
        for method in ("GET", "DELETE"):
            assert (await http.request(method, served.url, headers=headers)).status_code == 405
    calls = OpenCalls(_never_answers, largest_body=10, most_each=2, figures=CallFigures())
    async with anyio.create_task_group() as tasks:
        statuses: list[int] = []
        for token in (b"one", b"one", b"one", b"two"):
            tasks.start_soon(_request, calls, token, statuses)
        await until(lambda: statuses, limit=LIMIT)
        tasks.cancel_scope.cancel()
    assert statuses == [429]
    with anyio.fail_after(LIMIT):
        await calls.finished()


async def _never_answers(_scope: Scope, _receive: Receive, _send: Send) -> None:
    await anyio.sleep_forever()


async def _request(calls: OpenCalls, token: bytes, statuses: list[int]) -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    headers = [(b"authorization", token)]
    await calls({"type": "http", "method": "POST", "path": "/mcp", "headers": headers}, receive, send)


async def test_a_call_with_thousands_of_arguments_is_refused_at_once(served: HttpServer) -> None:
    """Each would be compared with ours, which holds everybody up."""
    async with served.host(OPS) as ops:
        with pytest.raises(ToolFault, match="was called with 3001 arguments"):
            await ops.call("ask_in_room", {"question": QUESTION, **{f"a{number}": 1 for number in range(3000)}})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": f"Bearer {OPS}x"}, 401),
        ({"Authorization": f"Basic {OPS}"}, 401),
        ({"Authorization": f"Bearer {OPS}", "Host": "evil.example"}, 421),
        ({"Authorization": f"Bearer {OPS}", "Origin": "https://evil.example"}, 403),
    ],
)
async def test_whoever_has_no_token_or_comes_by_another_page_is_refused(
    served: HttpServer, headers: dict[str, str], status: int
) -> None:
    """Before anything of the request is looked at."""
    async with httpx2.AsyncClient() as http:
        answer = await http.post(served.url, headers=headers, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert answer.status_code == status
    assert OPS not in answer.text


def asked(person: Human) -> bool:
    """Whether a question is open in their room."""
    return any(each.attributes.get(ASK_ATTRIBUTE) for each in ours(person))


async def test_a_connection_that_breaks_hangs_up_only_where_nobody_comes_back(
    served: HttpServer, rig: Rig, room: str
) -> None:
    """One that comes back gets the answer; one that does not has its question withdrawn."""
    async with served.host(OPS) as ops, rig.person(room, "alice") as alice:
        async with ops.asking(QUESTION, room_name=room) as call:
            await call.reaches("listening", limit=LIMIT)
            call.cancel()
        async with ops.asking(QUESTION, room_name=room) as again:
            await alice.speak(voice_of("the second option"))
        assert (again.answer.status, again.answer.reply) == ("answered", "the second option")
        assert len(await ops.transcript(room)) == 2
        async with ops.asking("Which city?", room_name=room, wait_seconds=0) as pending:
            pass
        async with ops.asking("Which city?", room_name=room) as call:
            await call.reaches("listening", limit=LIMIT)
            call.cancel()

        await until(lambda: not asked(alice), limit=LIMIT)
        assert (await ops.wait(pending.answer.ask_id, 0)).status == "cancelled"


async def test_a_server_that_is_told_to_end_returns_what_there_is(rig: Rig, room: str, tmp_path: Path) -> None:
    """With the token that it has printed: to one who waits, one who listens, and one who speaks elsewhere."""
    elsewhere, found = f"{room}-2", dict[str, Any]()
    async with (
        http_server(rig.environment(), tmp_path) as served,
        rig.person(room, "alice"),
        rig.person(elsewhere, "bob") as bob,
        served.host(served.printed_token) as host,
    ):
        # As every host does first; the SDK's client would check a result by it.
        await host.client.list_tools()

        async def listen() -> None:
            found["listened"] = await host.listen(room, wait_seconds=60)

        async def speak() -> None:
            found["said"] = await host.say("It is a long story. " * 40, elsewhere)

        async with host.asking(QUESTION, room_name=room) as call, anyio.create_task_group() as tasks:
            await call.reaches("listening", limit=LIMIT)
            tasks.start_soon(listen)
            tasks.start_soon(speak)
            begun = await bob.hears_sound(limit=LIMIT)
            await bob.heard.reach(begun + 2.5, limit=LIMIT)
            served.process.send_signal(signal.SIGTERM)
            await call.done(limit=LIMIT)
        assert call.answer.status == found["listened"].status == "pending"
        assert found["said"].status == "interrupted"
        assert 0 < len(found["said"].spoken) < 400
        assert "shutting down" in found["said"].next
        with anyio.fail_after(LIMIT):
            assert await served.process.wait() == 0
        assert served.printed_token  # No line since then has it either.
