"""Real processes that share a real store and a real LiveKit server: any of them goes on where another one ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from mcp_voice.people.human import Human
from mcp_voice.store.records import Outcome
from testkit.http_host import http_server
from testkit.redis_server import RedisServer, redis_server
from testkit.rig import LIMIT, Rig, after_the_question, voice_of
from testkit.stores import an_ask, shared_store
from testkit.waiting import until

pytestmark = pytest.mark.anyio

QUESTION = "Which option do you prefer?"
CUT_OFF = "Sorry, I was cut off."
TOKEN = "o" * 32
LEASES = 40.0
"""For a killed process to count as gone, and another one to go on, on a busy machine."""


@pytest.fixture(scope="module")
async def redis(
    anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RedisServer]:  # its event loop
    """The store."""
    async with redis_server(tmp_path_factory.mktemp("redis"), appendonly="yes") as started:
        yield started


def spoken(rig: Rig, text: str) -> int:
    """How often a text was turned into sound."""
    return sum(each.text == text for each in rig.speech.speech.asked)


async def test_an_ask_outlives_the_process_for_one_call_that_opened_it(
    rig: Rig, redis: RedisServer, room: str, alice: Human
) -> None:
    """As agent frameworks start one: the next process says that it was cut off, and asks again."""
    question, store = f"{QUESTION} One.", {"MCP_VOICE_STORE": redis.url}
    async with rig.host(**store) as first:
        pending = await first.ask(question, room_name=room, wait_seconds=0)
        await alice.hears_sound(limit=LIMIT)
    assert pending.status == "pending"
    async with rig.host(**store) as second:
        assert (await second.wait(pending.ask_id, wait_seconds=0)).status == "pending"
        await rig.synthesized(f"{CUT_OFF} {question}")
        await after_the_question(alice, voice_of("the second option"))
        answer = await second.wait(pending.ask_id, wait_seconds=LIMIT)
    assert (answer.status, answer.reply) == ("answered", "the second option")


async def test_another_replica_goes_on_where_one_is_killed_in_mid_question(
    rig: Rig, redis: RedisServer, room: str, alice: Human, tmp_path: Path
) -> None:
    """Two of HTTP: the other one has queued a question in the same room, which is asked then."""
    question, next_question = f"{QUESTION} Two.", f"{QUESTION} Three."
    settings = rig.environment(MCP_VOICE_STORE=redis.url, MCP_VOICE_HTTP_TOKENS=f"ops={TOKEN}")
    async with http_server(settings, tmp_path) as one, http_server(settings, tmp_path) as two:
        async with one.host(TOKEN) as ops:
            pending = await ops.ask(question, room_name=room, wait_seconds=0)
            await alice.hears_sound(limit=LIMIT)
        async with two.host(TOKEN) as ops:
            queued = await ops.ask(next_question, room_name=room, wait_seconds=0)
            assert (queued.waiting_for, queued.floor_held_by) == ("floor", pending.ask_id)
            one.process.kill()
            with anyio.fail_after(LEASES):
                await until(lambda: spoken(rig, f"{CUT_OFF} {question}"), limit=LEASES)
            await after_the_question(alice, voice_of("the second option"))
            answer = await ops.wait(pending.ask_id, wait_seconds=LIMIT)
            assert (answer.status, answer.reply) == ("answered", "the second option")
            await after_the_question(alice, voice_of("neither of them"))
            answer = await ops.wait(queued.ask_id, wait_seconds=LIMIT)
            assert (answer.status, answer.reply) == ("answered", "neither of them")
    assert [spoken(rig, text) for text in (question, f"{CUT_OFF} {question}", next_question)] == [1, 1, 1]


async def test_a_server_that_nobody_has_called_yet_goes_on_with_what_another_has_left(
    rig: Rig, redis: RedisServer, room: str, alice: Human, tmp_path: Path
) -> None:
    """It loaded its voice, and looked what others had left, at its first call: until then nobody heard the question."""
    settings = rig.environment(MCP_VOICE_STORE=redis.url)
    async with shared_store(redis.url) as store:
        state = await store.open(an_ask(f"{QUESTION} Four.", room_name=room))

        async def outcome() -> Outcome | None:
            return (await store.find(state.request.id, subject="ops")).outcome

        async with http_server(settings, tmp_path):
            await after_the_question(alice, voice_of("the second option"))
            found = await until(outcome, limit=LIMIT)
    assert found is not None
    assert found.result is not None
    assert (found.result["status"], found.result["reply"]) == ("answered", "the second option")
