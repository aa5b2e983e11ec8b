"""One server over HTTP for two teams, in this process, around rooms that need no LiveKit."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import anyio
import httpx2
import pytest
from starlette.types import ASGIApp

from mcp_voice import loading
from mcp_voice.asks.join_links import NoPage
from mcp_voice.capacity import Capacity
from mcp_voice.link import Typed
from mcp_voice.server.address import HttpAddress
from mcp_voice.server.http import served
from mcp_voice.settings import load
from testkit.fake_link import ALICE, FakeEngine
from testkit.waiting import until

__all__ = ["BOARD", "LIMIT", "SHARED", "Secrets", "Wire", "answer_in", "two_teams"]

LIMIT = 20.0
OPS, SALES, FEW = "o" * 32, "s" * 32, "f" * 32
BOARD, SHARED = "ops-board", "shared"
HEADERS = {
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
    "MCP-Protocol-Version": "2025-06-18",
}


@dataclass
class Secrets:
    """What ops has, and sales must not see."""

    answered: str
    """The id of a question that was answered in a room of theirs."""
    pending: str
    """That of one that is open where both may be."""
    reply: str = "fourteen million"
    question: str = "What did we offer for Initech?"
    open_question: str = "Shall we tell the press?"
    tool_use_id: str = "toolu_ops_1"

    @property
    def all(self) -> tuple[str, ...]:
        """Each of them."""
        return (self.answered, self.pending, self.reply, "Initech", "the press", "ops", OPS)


class ServedEngine(FakeEngine):
    """Rooms without LiveKit, as the server loads them."""

    async def prepare(self) -> None:
        """Nothing is to be warmed up."""

    def behind(self) -> float:
        """It hears at once."""
        return 0.0


@dataclass
class Wire:
    """Somebody's HTTP, request by request; ``seen`` is all that came back."""

    url: str
    token: str
    seen: list[str] = field(default_factory=list)
    http: httpx2.AsyncClient = field(default_factory=lambda: httpx2.AsyncClient(timeout=LIMIT))

    async def send(
        self,
        body: Any,
        headers: Mapping[str, str] | None = None,
        *,
        path: str = "",
        method: str = "POST",
        query: str = "",
    ) -> httpx2.Response:
        """A request with this body, as JSON unless it is bytes."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = (self.url.removesuffix("/mcp") + path if path else self.url) + query
        own = {**HEADERS, "Authorization": f"Bearer {self.token}", **(headers or {})}
        answer = await self.http.request(method, url, headers=own, content=content)
        self.seen += [answer.text, *(f"{name}: {value}" for name, value in answer.headers.items())]
        return answer

    async def rpc(self, method: str, params: Any = None, **more: Any) -> dict[str, Any]:
        """A method of MCP; its answer, with the result or the error."""
        body = {"jsonrpc": "2.0", "id": uuid4().hex, "method": method, "params": params or {}}
        return answer_in((await self.send(body, **more)).text)

    async def tool(self, name: str, meta: Any = None, /, **arguments: Any) -> Any:
        """A call of a tool: what the model sees of it."""
        params = {"name": name, "arguments": arguments, **({"_meta": meta} if meta else {})}
        return (await self.rpc("tools/call", params)).get("result", {})

    def shows(self, secret: str) -> bool:
        """Whether it stands in anything that came back."""
        return any(secret.lower() in text.lower() for text in self.seen)


def answer_in(text: str) -> dict[str, Any]:
    """The response in a body: JSON, or the last event of a stream."""
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith(("data: ", "{"))]
    found: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return found


@dataclass
class Teams:
    """Both of them, and a third that may have two questions open."""

    ops: Wire
    sales: Wire
    few: Wire
    secrets: Secrets
    engine: ServedEngine
    app: ASGIApp
    """What serves them."""


@asynccontextmanager
async def two_teams(folder: Path) -> AsyncIterator[Teams]:
    """Serve; ops has asked in a room of its own, got an answer, and asks something else in the room of both."""
    tokens = folder / "tokens.json"
    entries = [
        {"name": "ops", "token": OPS, "rooms": ["ops-*", SHARED], "calls_per_minute": 10_000},
        {"name": "sales", "token": SALES, "rooms": ["sales-*", SHARED], "calls_per_minute": 10_000},
    ]
    entries.append({"name": "few", "token": FEW, "rooms": ["few-*"], "open_asks": 2})
    tokens.write_text(json.dumps({"subjects": entries}))
    rooms = (BOARD, SHARED, "ops-vault", "sales-desk", "few-desk")
    engine = ServedEngine(people={name: [ALICE] for name in rooms})
    settings = load(http_tokens_file=tokens, quiet_seconds=600, livekit_url="ws://localhost", _env_file=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "_imported", lambda: [_engine_of(engine), _no_page()])
        patch.setattr(loading, "measured_capacity", _unmeasured)
        async with served(settings, HttpAddress(port=0)) as running:
            ops, sales, few = (Wire(running.url, token) for token in (OPS, SALES, FEW))
            async with ops.http, sales.http, few.http:
                yield Teams(ops, sales, few, await _history(ops, engine), engine, running.calls)


async def _history(ops: Wire, engine: ServedEngine) -> Secrets:
    answered = await ops.tool("ask_in_room", question=Secrets.question, room_name=BOARD, wait_seconds=0)
    speaking = await until(
        lambda: [each for each in engine.links if each.playouts and each.playouts[-1].listened_for], limit=LIMIT
    )
    link = speaking[-1]
    link.playouts[-1].finish()
    link.hear(Typed("alice", Secrets.reply, anyio.current_time()))
    ask_id = answered["structuredContent"]["ask_id"]
    heard = await ops.tool("wait_for_reply", ask_id=ask_id)
    assert heard["structuredContent"]["reply"] == Secrets.reply, heard
    meta = {"claudecode/toolUseId": Secrets.tool_use_id, "progressToken": "ops-progress"}
    pending = await ops.tool("ask_in_room", meta, question=Secrets.open_question, room_name=SHARED, wait_seconds=0)
    return Secrets(ask_id, pending["structuredContent"]["ask_id"])


def _engine_of(engine: ServedEngine) -> Any:
    @asynccontextmanager
    async def one(_: object) -> AsyncIterator[ServedEngine]:
        yield engine

    return SimpleNamespace(engine=one)


@asynccontextmanager
async def _unmeasured(**_: object) -> AsyncIterator[Capacity]:
    """Whatever else this machine does meanwhile."""
    yield Capacity()


def _no_page() -> Any:
    @asynccontextmanager
    async def none(*_: object) -> AsyncIterator[NoPage]:
        yield NoPage()

    return SimpleNamespace(join_page=none)
