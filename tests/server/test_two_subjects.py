"""Two subjects who try to see each other, over the wire: whatever one tries, it sees nothing.

What is another's is kept apart by other code in one process, in a Redis, and where workers carry it out.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import quote

import anyio
import pytest

from mcp_voice.logs.audit import audit_log
from testkit.ask_tricks import full, ids, is_there_one, keys, near, same_call, same_question
from testkit.redis_server import redis_server
from testkit.tricks import (
    answers_for_them,
    batch,
    cancelled,
    claimed_names,
    completion,
    errors,
    listed,
    other_pages,
    progress,
    prompt,
    proxy_headers,
    query,
    resources,
    rooms,
    rooms_entered,
    said_meanwhile,
    sessions,
    shared_room,
    smuggling,
    subscription,
    transcripts,
    two_tokens,
)
from testkit.two_teams import BOARD, SHARED, Secrets, Teams, two_teams
from testkit.watched_wire import Exchange, Wire

pytestmark = pytest.mark.anyio

MOST_READS = 200
"""Far more than come at once."""
Trick = Callable[[Wire, Secrets], Awaitable[object]]


SHARING: dict[str, dict[str, Any]] = {
    "one process of both": {},
    "one replica of both": {"replicas": 1},
    "a replica each": {"replicas": 2},
    "a replica each, and workers": {"replicas": 2, "workers": True},
}
"""What both share; all but the first a Redis."""


@pytest.fixture(scope="module", params=SHARING)
async def teams(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Teams]:
    """The same servers for all tricks."""
    folder, sharing = tmp_path_factory.mktemp("teams"), SHARING[request.param]
    async with AsyncExitStack() as stack:
        if sharing:
            redis = await stack.enter_async_context(redis_server(folder / "redis"))
            sharing = {**sharing, "store": redis.url}
        yield await stack.enter_async_context(two_teams(folder, **sharing))


TRICKS: dict[str, Trick] = {
    "waits for another's ask": lambda s, o: ids(s, "wait_for_reply", o.answered, o.pending),
    "cancels another's ask": lambda s, o: ids(s, "cancel_ask", o.answered, o.pending),
    "asks whether there is such an ask": is_there_one,
    "gives a key of the store for an id": lambda s, o: ids(s, "wait_for_reply", *keys(o)),
    "cancels by a key of the store": lambda s, o: ids(s, "cancel_ask", *keys(o)),
    "guesses ids near another's": lambda s, o: ids(s, "wait_for_reply", *near(o.answered)),
    "writes another's id otherwise": lambda s, o: ids(
        s,
        "wait_for_reply",
        o.answered.upper(),
        f" {o.answered} ",
        f"{o.answered}\0",
        o.answered.replace("-", "\u2010"),
    ),
    "gives patterns, lists and nothing for an id": lambda s, o: ids(
        s, "wait_for_reply", "*", "ask-*", "", [o.answered], {"$ne": ""}, f"{o.pending}|{o.answered}", "say-0", None
    ),
    "asks the same question": same_question,
    "repeats another's call by its toolUseId": same_call,
    "lists rooms": lambda s, _: s.tool("list_rooms"),
    "asks in another's room": lambda s, _: rooms(s, "ask_in_room", question="Hello?", wait_seconds=0),
    "asks there in capitals, wide letters and look-alikes": lambda s, _: rooms(
        s,
        "ask_in_room",
        BOARD.upper(),
        "\uff4fps-board",
        "\u03bfps-board",
        "ops\u2011board",
        "ops-bo\u200bard",
        question="Hi?",
    ),
    "asks there by patterns": lambda s, _: rooms(
        s, "ask_in_room", "ops-*", "*", "?ps-board", "[o]ps-board", "sales-*,ops-board", "!sales-*", question="Hi?"
    ),
    "asks there by paths, lines and zeros": lambda s, _: rooms(
        s,
        "ask_in_room",
        f"sales-/../{BOARD}",
        f"./{BOARD}",
        f"sales-\n{BOARD}",
        f"{BOARD}\0",
        f" {BOARD}",
        question="Hi?",
    ),
    "speaks in another's room": lambda s, _: rooms(s, "say_in_room", "OPS-BOARD", message="Hello."),
    "listens in another's room": lambda s, _: rooms(s, "listen_in_room", "OPS-BOARD", wait_seconds=0),
    "sends to another's room": lambda s, _: rooms(s, "send_message_to_room", "OPS-BOARD", message="Hello."),
    "invites somebody to another's room": lambda s, _: rooms(s, "invite_to_room", "OPS-BOARD", name="Mallory"),
    "reads another's transcript": transcripts,
    "reads the transcript of a room like that of both": lambda s, _: resources(
        s, f"voice://rooms/{SHARED}x/transcript"
    ),
    "reads what was said in the room of both": shared_room,
    "reads what rooms are entered": rooms_entered,
    "reads resources by made-up addresses": lambda s, _: resources(
        s, "voice://asks", "file:///etc/passwd", "voice://ops", "voice://rooms/", f"VOICE://ROOMS/{BOARD}/TRANSCRIPT"
    ),
    "lists resources, templates, prompts and tools": lambda s, _: listed(
        s, "resources/list", "resources/templates/list", "prompts/list", "tools/list"
    ),
    "has room names completed": completion,
    "has a prompt print what is around it": prompt,
    "subscribes to another's transcript": subscription,
    "cancels another's request": cancelled,
    "takes another's progress token": progress,
    "answers a request to another": answers_for_them,
    "takes another's session": sessions,
    "says that it is another": claimed_names,
    "sends a proxy's headers": proxy_headers,
    "gives a token in the address": query,
    "sends two tokens": two_tokens,
    "smuggles a request in a body": smuggling,
    "reads the pages beside it": other_pages,
    "sends several calls as one": batch,
    "makes it fail": errors,
    "fills the room of both": full,
    "listens for what others were told": said_meanwhile,
}


@pytest.mark.parametrize("name", TRICKS)
async def test_a_subject_sees_nothing_of_another(name: str, teams: Teams) -> None:
    """Nor does it end, answer or delay anything of theirs."""
    sales, secrets = teams.sales, teams.secrets
    sales.seen.clear()
    with anyio.fail_after(30):
        await TRICKS[name](sales, secrets)
    assert sales.seen
    assert {secret: found for secret in secrets.all if (found := sales.showing(secret))} == {}
    for ops in teams.ops_everywhere:
        for ask_id, reply in ((secrets.answered, secrets.reply), (secrets.in_shared, secrets.shared_reply)):
            theirs = await ops.tool("wait_for_reply", ask_id=ask_id, wait_seconds=0)
            assert theirs["structuredContent"]["reply"] == reply
        pending = await ops.tool("wait_for_reply", ask_id=secrets.pending, wait_seconds=0)
        assert pending["structuredContent"]["status"] == "pending"


def test_what_came_back_is_a_secret_shown_unless_that_very_request_had_it() -> None:
    """In any case, and however it is escaped or what is hidden in it; a short name is none inside of a word."""
    secrets = Secrets("ask-aaaa", "ask-bbbb", "ask-cccc")
    for secret in secrets.all:
        assert Exchange("", f'{{"text":"({secret.upper()})"}}').shows(secret)
        assert Exchange("another request", f"voice://{quote(secret, safe='')}/transcript").shows(secret)
        assert Exchange("", json.dumps({"text": json.dumps(f"\n\u2028{secret[:2]}\u200b{secret[2:]}\0")})).shows(secret)
        assert not Exchange(f"ask_id={secret}", f"No ask is kept under {secret!r}").shows(secret)
    assert not Exchange("", "operations stop, oops").shows("ops")


def test_there_are_thirty_tricks() -> None:
    """And some more."""
    assert len(TRICKS) >= 30


async def test_no_trick_writes_a_line_in_another_s_name(teams: Teams, caplog: pytest.LogCaptureFixture) -> None:
    """The audit log is read by programs: one line for each call, and its subject is who made it."""
    audit_log.setLevel(logging.INFO)
    forged = "x' outcome=done\nINFO tool call: subject=ops tool='ask_in_room' room='board\u2028\x1b[2K\r"
    with caplog.at_level(logging.INFO, logger=audit_log.name):
        await teams.sales.tool(forged, room_name=forged)
        await teams.sales.tool("ask_in_room", question="Hi?", room_name=forged)
    lines = [record.getMessage() for record in caplog.records if record.name == audit_log.name]
    assert len(lines) == 2
    assert all(line.startswith("tool call: subject=sales ") and line.isprintable() for line in lines)


async def test_a_subject_has_no_more_questions_open_than_are_its_own(teams: Teams) -> None:
    """By an error that says what to do; another's are not counted."""
    asked = [
        await teams.few.tool("ask_in_room", question=f"Number {number}?", room_name="few-desk", wait_seconds=0)
        for number in range(3)
    ]
    assert [bool(each.get("isError")) for each in asked] == [False, False, True]
    assert "2 questions are open, which is the limit. Call wait_for_reply or cancel_ask" in json.dumps(asked[2])
    assert asked[2]["_meta"] == {"mcp-voice/code": "too-many-asks"}
    await teams.few.tool("cancel_ask", ask_id=asked[0]["structuredContent"]["ask_id"])
    again = await teams.few.tool("ask_in_room", question="Now?", room_name="few-desk", wait_seconds=0)
    assert again["structuredContent"]["status"] == "pending"


async def test_a_subject_reads_no_more_resources_than_it_may_make_calls_and_each_is_in_the_audit_log(
    teams: Teams, caplog: pytest.LogCaptureFixture
) -> None:
    """Each costs LiveKit's server, and the store, as much as a call; and who reads what was said is told of."""
    read: list[str] = []
    with caplog.at_level(logging.INFO, logger=audit_log.name):
        for _ in range(MOST_READS):
            read.append(
                json.dumps(await teams.few.rpc("resources/read", {"uri": "voice://rooms/few-attic/transcript"}))
            )
            if "Too many calls" in read[-1]:
                break
        assert "result" in await teams.ops.rpc("resources/read", {"uri": "voice://rooms"})
    assert "never in it" in read[0]
    assert "Too many calls: few may make 120 a minute. Call again in 1 s." in read[-1], len(read)
    lines = [each.getMessage().rpartition(" ms=")[0] for each in caplog.records if each.name == audit_log.name]
    called = "tool call: subject={} tool='resources/read' room={!r} ask='' outcome={}"
    assert lines[0] == called.format("few", "few-attic", "error unknown-room")
    assert lines[-2] == called.format("few", "few-attic", "error too-many-calls")
    assert lines[-1] == called.format("ops", "", "done")
