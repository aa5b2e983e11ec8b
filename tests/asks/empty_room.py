"""Rooms in which nobody is, behind the seam, with a page that opens: fixtures and steps of several files."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import anyio
import pytest

from mcp_voice.link import Typed
from mcp_voice.results import Answer
from mcp_voice.settings import load
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import FakeEngine, FakeLink
from testkit.fake_page import FakePage
from testkit.opened import ask_of
from testkit.reporting import unreported
from testkit.waiting import until

__all__ = [
    "LIMIT",
    "QUESTION",
    "QUIET",
    "answered",
    "ask",
    "asked_in",
    "engine",
    "now",
    "page",
    "quick",
    "running",
    "waits",
]

LIMIT = 10.0
QUESTION = "What is it?"
QUIET = 0.15


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes is spoken to soon, whoever goes is soon gone, and other rooms are looked at often."""
    monkeypatch.setattr("mcp_voice.asks.arrival.QUIET_SECONDS", QUIET)
    monkeypatch.setattr("mcp_voice.asks.arrival.ROOM_SECONDS", 0.01)
    monkeypatch.setattr("mcp_voice.asks.elsewhere.LOOK_SECONDS", 0.03)
    monkeypatch.setattr("mcp_voice.turns.presence.ABSENCE_SECONDS", 0.1)
    monkeypatch.setattr("mcp_voice.asks.audience.VISIBLE_SECONDS", 0.1)


@pytest.fixture
def engine() -> FakeEngine:
    """A server without rooms."""
    return FakeEngine(people={})


@pytest.fixture
def page() -> FakePage:
    """A page that opens in this person's browser."""
    return FakePage()


@pytest.fixture
async def running(engine: FakeEngine, page: FakePage) -> AsyncIterator[Voice]:
    """A voice with an embedded server."""
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine, page=page) as opened:
        yield opened


async def ask(running: Voice, question: str = QUESTION, room_name: str = "", participant: str = "") -> Answer:
    """Ask and do not wait; gives the pending result."""
    with anyio.fail_after(LIMIT):
        pending = await running.ask_in_room(question, room_name, participant, wait_seconds=0, report=unreported)
    assert (pending.status, pending.spoken) == ("pending", "")
    return pending


async def now(running: Voice, ask_id: str, *, wait_seconds: float = 0) -> Answer:
    """What can be said of an ask now, or once it is over."""
    with anyio.fail_after(wait_seconds + LIMIT):
        return await running.wait_for_reply(ask_id, wait_seconds=wait_seconds, report=unreported)


async def waits(running: Voice, ask_id: str) -> Answer:
    """Wait until it waits for somebody, and tells the way in."""

    async def look() -> Answer | None:
        answer = await now(running, ask_id)
        return answer if answer.waiting_for == "human" else None

    found = await until(look, limit=LIMIT)
    assert found is not None
    return found


async def asked_in(engine: FakeEngine, number: int = 0, *, playout: int = 0) -> FakeLink:
    """Wait until the link of that number speaks; it is played to its end."""
    await until(lambda: len(engine.links) > number and len(engine.links[number].playouts) > playout, limit=LIMIT)
    engine.links[number].playouts[playout].finish()
    return engine.links[number]


async def answered(running: Voice, link: FakeLink, ask_id: str, *, identity: str = "alice") -> Answer:
    """Have somebody type an answer, once it is listened for."""
    await until(lambda: ask_of(running, ask_id).phase == "listening", limit=LIMIT)
    link.hear(Typed(identity, "This.", time.monotonic()))
    return await now(running, ask_id, wait_seconds=LIMIT)
