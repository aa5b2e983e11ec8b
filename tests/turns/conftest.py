"""What several files share: a room at the seam that is listened to, and a kitchen in which a phone rings."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from mcp_voice.settings import load
from mcp_voice.tasks import owned_tasks
from mcp_voice.turns.listener import Listener
from mcp_voice.turns.transcript import Transcript
from mcp_voice.turns.turn import Patience
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, BOB, COMPANION, FakeEngine, FakeLink
from testkit.telephone import LIMIT, RINGS
from testkit.waiting import until

QUICK = Patience(choice=0.02, complete=0.05, unlikely=0.1, unfinished=0.3, time_asked=0.5, keypad=0.1)
START_SECONDS = 5.0


@pytest.fixture
def link() -> FakeLink:
    """A room with two humans and an agent."""
    return FakeLink("kitchen", [ALICE, BOB, COMPANION])


@pytest.fixture
async def listener(link: FakeLink) -> AsyncIterator[Listener]:
    """Somebody listens in that room."""
    heard = Listener(QUICK, "en", Transcript())
    async with owned_tasks() as tasks:
        tasks.start_soon(heard.run, link)
        await until(lambda: heard.presence.human("alice"), limit=START_SECONDS)
        yield heard
        tasks.cancel_scope.cancel()
    link.close()


@pytest.fixture
def engine() -> FakeEngine:
    """A kitchen in which a phone rings."""
    return FakeEngine(people={"kitchen": [RINGS]})


@pytest.fixture
async def running(engine: FakeEngine) -> AsyncIterator[Voice]:
    """A voice in that kitchen."""
    async with voice_with(load(quiet_seconds=60.0, ask_seconds=LIMIT, _env_file=None), engine) as opened:
        yield opened
