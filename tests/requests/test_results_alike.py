"""Whatever a call returns, reports or raises is the same through a store as it is without one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from pydantic import BaseModel

from mcp_voice.asks.room_voice import voice_with
from mcp_voice.errors import VoiceError
from mcp_voice.settings import Settings, load
from mcp_voice.store.memory import MemoryStore
from mcp_voice.voices.any_voice import AnyVoice
from testkit.fake_link import ALICE, BOB, COMPANION, FakeEngine
from testkit.shared_store import process
from tests.requests.situations import SITUATIONS, Situation, no_time_left

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def through_a_store(settings: Settings, engine: FakeEngine) -> AsyncIterator[AnyVoice]:
    """A voice of a process that has one."""
    async with process(MemoryStore(), engine, settings) as one:
        yield one.voice


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
async def test_a_call_is_the_same_through_a_store(situation: Situation) -> None:
    """In every field, and every error in its words."""
    ask_seconds = 1.0 if situation is no_time_left else 60.0
    settings = load(quiet_seconds=60.0, ask_seconds=ask_seconds, nobody="error", _env_file=None)
    there = await outcome(through_a_store, situation, settings)
    assert there == await outcome(voice_with, situation, settings)
