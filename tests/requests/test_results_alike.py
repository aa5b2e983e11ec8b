"""Whatever a call returns, reports or raises is the same whether asks are kept in memory or in Redis."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from pydantic import BaseModel

from mcp_voice.errors import VoiceError
from mcp_voice.settings import Settings, load
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, BOB, COMPANION, FakeEngine
from testkit.redis_server import RedisServer, redis_server
from testkit.stores import shared_store
from tests.requests.situations import SITUATIONS, Situation, no_time_left

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def redis(
    anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RedisServer]:  # its event loop
    """The store."""
    async with redis_server(tmp_path_factory.mktemp("redis")) as started:
        yield started


def plain(found: Any, ids: dict[str, str]) -> Any:
    """A result without what no two runs have in common: ids and times."""
    match found:
        case BaseModel():
            return plain(found.model_dump(), ids)
        case dict():
            times = ("connect_ms", "first_sound_ms", "question_ms", "reply_ms", "stt_ms", "seconds_ago")
            return {key: each is not None if key in times else plain(each, ids) for key, each in found.items()}
        case list() | tuple():
            return [plain(each, ids) for each in found]
        case str():
            return re.sub(r"(ask|say)-[0-9a-f]{10}", lambda each: ids.setdefault(each[0], f"#{len(ids)}"), found)
    return found


async def outcome(make: Callable[[Settings, FakeEngine], Any], situation: Situation, settings: Settings) -> Any:
    """What comes of it there."""
    engine = FakeEngine(people={"kitchen": [ALICE, BOB, COMPANION]})
    ids: dict[str, str] = {}
    with anyio.fail_after(30.0):
        async with make(settings, engine) as voice:
            try:
                return plain(await situation(voice, engine), ids)
            except VoiceError as error:
                return type(error).__name__, error.code, plain(str(error), ids)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.__name__)
async def test_a_call_is_the_same_through_redis(situation: Situation, redis: RedisServer) -> None:
    """In every field, and every error in its words."""
    ask_seconds = 1.0 if situation is no_time_left else 60.0
    settings = load(quiet_seconds=60.0, ask_seconds=ask_seconds, nobody="error", _env_file=None)

    await redis.command("FLUSHALL")

    @asynccontextmanager
    async def through_redis(settings: Settings, engine: FakeEngine) -> AsyncIterator[Voice]:
        async with shared_store(redis.url) as store, voice_with(settings, engine, store=store) as voice:
            yield voice

    there = await outcome(through_redis, situation, settings)
    assert there == await outcome(voice_with, situation, settings)
