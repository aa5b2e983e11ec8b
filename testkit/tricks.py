"""What one subject tries over the wire to see of another, to end it, or to speak in its name."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlsplit

import anyio

from testkit.two_teams import BOARD, OPS, SHARED, Secrets
from testkit.watched_wire import LIMIT, Exchange, Wire

__all__ = [
    "answers_for_them",
    "batch",
    "cancelled",
    "claimed_names",
    "completion",
    "errors",
    "listed",
    "other_pages",
    "progress",
    "prompt",
    "proxy_headers",
    "query",
    "resources",
    "rooms",
    "rooms_entered",
    "said_meanwhile",
    "sessions",
    "shared_room",
    "smuggling",
    "subscription",
    "transcripts",
    "two_tokens",
]

OTHER = "ops-attic"
"""A room that there is not, by a name that is as much theirs."""


async def rooms(sales: Wire, tool: str, *names: str, **more: Any) -> None:
    """No name opens their room; and a room of theirs that exists is answered as one that does not."""
    said = [json.dumps(await sales.tool(tool, room_name=name, **more)).replace(name, "ROOM") for name in (BOARD, OTHER)]
    assert said[0] == said[1]
    for name in names:
        # Each of them is no room of theirs, whatever they make of it.
        result = await sales.tool(tool, room_name=name, **more)
        assert result.get("isError"), (name, result)


async def said_meanwhile(sales: Wire, _: Secrets) -> None:
    """Be told what was said to the other."""
    for call in ("list_rooms", "listen_in_room"):
        more = {"room_name": SHARED, "wait_seconds": 0} if call == "listen_in_room" else {}
        told = (await sales.tool(call, **more))["structuredContent"]
        assert not told.get("said_meanwhile")
        assert not told.get("reply")


async def resources(sales: Wire, *uris: str) -> None:
    """Read what is at these addresses; each is an error."""
    for uri in uris:
        assert "error" in await sales.rpc("resources/read", {"uri": uri}), uri


async def transcripts(sales: Wire, _: Secrets) -> None:
    """Read the transcript of the other's room, however its name is written."""
    names = [
        BOARD,
        quote(BOARD, safe="").replace("-", "%2D"),
        "%6Fps-board",
        "../ops-board",
        f"sales-desk/../{BOARD}",
        "*",
    ]
    await resources(sales, *(f"voice://rooms/{name}/transcript" for name in names))


async def shared_room(sales: Wire, _: Secrets) -> None:
    """Read what was said in the room of both, before coming there and after."""
    uri = f"voice://rooms/{SHARED}/transcript"
    await sales.rpc("resources/read", {"uri": uri})
    await sales.tool("listen_in_room", room_name=SHARED, wait_seconds=0)
    await sales.rpc("resources/read", {"uri": uri})


async def rooms_entered(sales: Wire, _: Secrets) -> None:
    """Read which rooms are entered: its own."""
    told = await sales.rpc("resources/read", {"uri": "voice://rooms"})
    assert set(json.loads(told["result"]["contents"][0]["text"])) <= {SHARED, "sales-desk"}


async def listed(sales: Wire, *methods: str) -> None:
    """Call methods that list something."""
    for method in methods:
        await sales.rpc(method)


async def completion(sales: Wire, _: Secrets) -> None:
    """Have a name completed."""
    ref = {"type": "ref/resource", "uri": "voice://rooms/{room_name}/transcript"}
    await sales.rpc("completion/complete", {"ref": ref, "argument": {"name": "room_name", "value": "o"}})


async def prompt(sales: Wire, _: Secrets) -> None:
    """Have a prompt print more than its topic."""
    for topic in ("{topic.__class__.__init__.__globals__}", "%(topic)s {0}", "{INTERVIEW}"):
        await sales.rpc("prompts/get", {"name": "interview", "arguments": {"topic": topic}})


async def subscription(sales: Wire, _: Secrets) -> None:
    """Follow what changes."""
    uri = f"voice://rooms/{BOARD}/transcript"
    assert "error" in await sales.rpc("resources/subscribe", {"uri": uri})
    assert (await sales.send(b"", method="GET")).status_code == 405


async def cancelled(sales: Wire, _: Secrets) -> None:
    """Cancel requests by ids that may be the other's."""
    for request_id in ("ops-request", "1", 1, "*"):
        params = {"requestId": request_id, "reason": "not wanted any more"}
        await sales.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params})


async def progress(sales: Wire, ops: Secrets) -> None:
    """Report, and be told, under the other's token."""
    await sales.tool("list_rooms", {"progressToken": ops.progress_token})
    told = {"progressToken": ops.progress_token, "progress": 1, "message": "done"}
    await sales.send({"jsonrpc": "2.0", "method": "notifications/progress", "params": told})


async def answers_for_them(sales: Wire, _: Secrets) -> None:
    """Send answers to requests that the other may have been sent."""
    for body in ({"result": {"action": "accept"}}, {"error": {"code": -1, "message": "no"}}):
        await sales.send({"jsonrpc": "2.0", "id": "ops-request", **body})


async def sessions(sales: Wire, _: Secrets) -> None:
    """Name a session that may be the other's."""
    for name in ("Mcp-Session-Id", "Last-Event-ID"):
        for value in ("ops", "0", "../ops"):
            await sales.rpc("tools/list", headers={name: value})
    assert (await sales.send(b"", {"Mcp-Session-Id": "ops"}, method="DELETE")).status_code == 405


async def claimed_names(sales: Wire, _: Secrets) -> None:
    """Say that it is the other."""
    told = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "ops", "version": "1"}}
    await sales.rpc("initialize", told)
    for meta in ({"subject": "ops"}, {"who": {"name": "ops"}}, {"io.modelcontextprotocol/clientInfo": {"name": "ops"}}):
        listed = await sales.tool("list_rooms", meta)
        assert BOARD not in json.dumps(listed)


async def proxy_headers(sales: Wire, _: Secrets) -> None:
    """Say so as a proxy would."""
    told = (
        "X-Forwarded-User",
        "X-Subject",
        "X-Remote-User",
        "Forwarded",
        "X-Forwarded-For",
        "Cookie",
        "X-HTTP-Method-Override",
    )
    assert BOARD not in json.dumps(
        await sales.rpc("tools/call", {"name": "list_rooms"}, headers=dict.fromkeys(told, "ops"))
    )


async def query(sales: Wire, _: Secrets) -> None:
    """Give a token in the address, where logs have it."""
    for query in ("?subject=ops", f"?access_token={OPS}", "?token=ops"):
        answer = await sales.send(
            {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, {"Authorization": ""}, query=query
        )
        assert answer.status_code == 401


async def two_tokens(sales: Wire, _: Secrets) -> None:
    """Send two tokens, of which one reader may take the first and another the last."""
    list_rooms = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_rooms"}}
    for lines in ((sales.token, "ops"), ("ops", sales.token), (sales.token, sales.token)):
        told = b"".join(f"Authorization: Bearer {line}\r\n".encode() for line in lines)
        assert b" 400 " in (await _raw(sales, told, json.dumps(list_rooms).encode())).partition(b"\r\n")[0]
    for value in (f"Bearer {sales.token}, Bearer ops", f"Bearer ops\tBearer {sales.token}"):
        assert (await sales.send(list_rooms, {"Authorization": value})).status_code == 401


async def smuggling(sales: Wire, _: Secrets) -> None:
    """Hide a request in the body of another one."""
    inner = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = f"Authorization: Bearer {sales.token}\r\nTransfer-Encoding: chunked\r\n".encode()
    answer = await _raw(sales, head, b"0\r\n\r\n" + inner)
    assert answer.count(b"HTTP/1.1 ") <= 1 or b"400" in answer


async def _raw(sales: Wire, headers: bytes, body: bytes) -> bytes:
    """A request as it is; what comes back until the end, or until nothing more comes."""
    parts = urlsplit(sales.url)
    assert parts.hostname is not None
    assert parts.port is not None
    read = b""
    async with await anyio.connect_tcp(parts.hostname, parts.port) as stream:
        head = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
        accept = b"Accept: application/json, text/event-stream\r\n"
        await stream.send(head + accept + headers + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        with anyio.move_on_after(LIMIT):
            async for chunk in stream:
                read += chunk
    sales.seen.append(Exchange((headers + body).decode(errors="replace"), read.decode(errors="replace")))
    return read


async def other_pages(sales: Wire, _: Secrets) -> None:
    """Read all there is beside MCP."""
    for path in (
        "/metrics",
        "/health",
        "/.well-known/oauth-protected-resource",
        "/docs",
        "/openapi.json",
        "/mcp/../metrics",
    ):
        await sales.send(b"", path=path, method="GET")


async def batch(sales: Wire, ops: Secrets) -> None:
    """Send several calls as one, and one method twice."""
    call = {"jsonrpc": "2.0", "method": "tools/call"}
    wait = {"name": "wait_for_reply", "arguments": {"ask_id": ops.answered}}
    await sales.send([{**call, "id": 1, "params": {"name": "list_rooms"}}, {**call, "id": 2, "params": wait}])
    twice = b'{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call","params":{"name":"list_rooms"}}'
    await sales.send(twice)


async def errors(sales: Wire, _: Secrets) -> None:
    """Send what nobody can read."""
    for body in (b"", b"{", b"\xff\xfe", b"[" * 5000, b'{"jsonrpc":"2.0","id":' + b"9" * 5000 + b"}", b"null"):
        await sales.send(body)
    await sales.rpc("tools/call", {"name": "ask_in_room", "arguments": {"question": None, "room_name": {"a": 1}}})
    await sales.rpc("tools/call", {"name": "__class__"})
    await sales.rpc("ops/secrets", {"_meta": []})
