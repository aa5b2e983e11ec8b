"""Servers over HTTP for two teams, in this process, around rooms that need no LiveKit."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp

from mcp_voice import loading
from mcp_voice.asks.join_links import NoPage
from mcp_voice.capacity import Capacity
from mcp_voice.link import Typed
from mcp_voice.participants import Participant
from mcp_voice.server.address import HttpAddress
from mcp_voice.server.http import Served, served
from mcp_voice.settings import load
from mcp_voice.workers import serving
from testkit.fake_link import ALICE, FakeEngine, FakeLink
from testkit.jobs_here import JobsHere, jobs_here
from testkit.waiting import until
from testkit.watched_wire import LIMIT, Wire

__all__ = ["BOARD", "OPS", "SHARED", "Secrets", "ServedEngine", "Teams", "two_teams"]

OPS, SALES, FEW = "o" * 32, "s" * 32, "f" * 32
BOARD, SHARED = "ops-board", "shared"
OTTILIE = Participant("ottilie-4711", "Ottilie Brandt", "human")
"""Whom ops alone can meet."""


@dataclass
class Secrets:
    """What ops has, and sales must not see."""

    answered: str
    """The id of a question that was answered in a room of theirs."""
    in_shared: str
    """That of one that was answered where both may be, before sales was there."""
    pending: str
    """That of one that is open there."""
    reply: str = "fourteen million"
    shared_reply: str = "not before May"
    question: str = "What did we offer for Initech?"
    shared_question: str = "When do the layoffs begin?"
    open_question: str = "Shall we tell the press?"
    tool_use_id: str = "toolu_ops_1"
    progress_token: str = "progress-of-ops"

    @property
    def all(self) -> tuple[str, ...]:
        """Each of them, and of a text that may be told of in part what is theirs alone."""
        ids = (self.answered, self.in_shared, self.pending, self.tool_use_id, self.progress_token)
        said = (self.reply, self.shared_reply, "Initech", "layoffs", "the press")
        return (*ids, *said, "ops", BOARD, OTTILIE.identity, OTTILIE.name, "Ottilie", OPS, FEW)


class ServedEngine(FakeEngine):
    """Rooms without LiveKit, as the server loads them."""

    jobs: JobsHere | None = None
    """The dispatch of workers, if there are any."""

    async def prepare(self) -> None:
        """Nothing is to be warmed up."""

    def behind(self) -> float:
        """It hears at once."""
        return 0.0

    async def dispatches(self, _: str) -> JobsHere:
        """Those of the workers."""
        assert self.jobs is not None
        return self.jobs


@dataclass
class Teams:
    """Both of them, and a third that may have two questions open."""

    ops: Wire
    sales: Wire
    few: Wire
    secrets: Secrets
    engine: ServedEngine
    app: ASGIApp
    """What serves sales."""
    ops_everywhere: Sequence[Wire]
    """The same ops, at each replica."""


@asynccontextmanager
async def two_teams(folder: Path, *, store: str = "", replicas: int = 1, workers: bool = False) -> AsyncIterator[Teams]:
    """Serve; ops has asked in a room of its own, got an answer, and so in the room of both, and asks on there.

    With a ``store``, the address of a Redis, there may be several ``replicas``: ops calls the first one, and sales the
    last; and ``workers`` may carry out what is asked.
    """
    tokens = folder / "tokens.json"
    entries = [
        {"name": "ops", "token": OPS, "rooms": ["ops-*", SHARED], "calls_per_minute": 10_000},
        {"name": "sales", "token": SALES, "rooms": ["sales-*", SHARED], "calls_per_minute": 10_000},
    ]
    entries.append({"name": "few", "token": FEW, "rooms": ["few-*"], "open_asks": 2})
    tokens.write_text(json.dumps({"subjects": entries}))
    rooms = (SHARED, "ops-vault", "sales-desk", "few-desk")
    engine = ServedEngine(people={BOARD: [OTTILIE], **{name: [ALICE] for name in rooms}})
    common: dict[str, Any] = {"store": SecretStr(store), "quiet_seconds": 600, "livekit_url": "ws://localhost"}
    settings = load(http_tokens_file=tokens, workers=workers, _env_file=None, **common)
    async with AsyncExitStack() as stack:
        stack.enter_context(_no_livekit(engine))
        if workers:
            engine.jobs = await stack.enter_async_context(jobs_here(load(_env_file=None, **common), engine))
        running = [await stack.enter_async_context(served(settings, HttpAddress(port=0))) for _ in range(replicas)]
        at = [await stack.enter_async_context(_wire(each, OPS)) for each in running]
        sales, few = [await stack.enter_async_context(_wire(running[-1], token)) for token in (SALES, FEW)]
        yield Teams(at[0], sales, few, await _history(at[0], engine), engine, running[-1].calls, at)


@asynccontextmanager
async def _wire(running: Served, token: str) -> AsyncIterator[Wire]:
    wire = Wire(running.url, token)
    async with wire.http:
        yield wire


async def _history(ops: Wire, engine: ServedEngine) -> Secrets:
    answered = await _answered(ops, engine, Secrets.question, BOARD, OTTILIE, Secrets.reply)
    in_shared = await _answered(ops, engine, Secrets.shared_question, SHARED, ALICE, Secrets.shared_reply)
    meta = {"claudecode/toolUseId": Secrets.tool_use_id, "progressToken": Secrets.progress_token}
    pending = await ops.tool("ask_in_room", meta, question=Secrets.open_question, room_name=SHARED, wait_seconds=0)
    return Secrets(answered, in_shared, pending["structuredContent"]["ask_id"])


async def _answered(
    ops: Wire, engine: ServedEngine, question: str, room_name: str, who: Participant, reply: str
) -> str:
    """Ask, and have somebody answer; the id."""
    asked = await ops.tool("ask_in_room", question=question, room_name=room_name, wait_seconds=0)

    def listened_for() -> list[FakeLink]:
        here = [each for each in engine.links if each.room_name == room_name]
        return [each for each in here if each.playouts and each.playouts[-1].listened_for]

    (link,) = await until(listened_for, limit=LIMIT)
    link.playouts[-1].finish()
    link.hear(Typed(who.identity, reply, anyio.current_time()))
    ask_id = str(asked["structuredContent"]["ask_id"])
    heard = await ops.tool("wait_for_reply", ask_id=ask_id)
    assert heard["structuredContent"]["reply"] == reply, heard
    return ask_id


@contextmanager
def _no_livekit(engine: ServedEngine) -> Iterator[None]:
    """Have every server of this process load that engine, where the block lasts."""

    @asynccontextmanager
    async def one(_: object) -> AsyncIterator[ServedEngine]:
        yield engine

    modules = [SimpleNamespace(engine=one), SimpleNamespace(join_page=_no_page)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "_imported", lambda: modules)
        patch.setattr(loading, "measured_capacity", _unmeasured)
        patch.setattr(serving, "server_engine", one)
        patch.setattr(serving, "join_page", _no_page)
        yield


@asynccontextmanager
async def _unmeasured(**_: object) -> AsyncIterator[Capacity]:
    """Whatever else this machine does meanwhile."""
    yield Capacity()


@asynccontextmanager
async def _no_page(*_: object) -> AsyncIterator[NoPage]:
    yield NoPage()
