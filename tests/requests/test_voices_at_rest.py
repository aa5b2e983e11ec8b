"""The voices of subjects in a process that carries out what they ask: kept as long as they have anything to do."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from mcp_voice.requests import local
from mcp_voice.requests.local import LocalCarriers
from mcp_voice.settings import Settings, load
from mcp_voice.store.memory import MemoryStore
from mcp_voice.voice import Voice
from testkit.fake_link import ALICE, FakeEngine
from testkit.shared_store import Process, process
from testkit.waiting import until
from tests.requests.kitchen import LIMIT, shown, types

pytestmark = pytest.mark.anyio

QUIET_SECONDS = 0.3


@pytest.fixture
def settings() -> Settings:
    """Rooms are left soon."""
    return load(quiet_seconds=QUIET_SECONDS, _env_file=None)


@pytest.fixture
async def one(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Process]:
    """A process that looks often whose voices are at rest."""
    monkeypatch.setattr(local, "RENEW_SECONDS", 0.1)
    async with process(MemoryStore(), FakeEngine(people={"kitchen": [ALICE]}), settings) as started:
        yield started


def carriers(one: Process) -> LocalCarriers:
    """Who carries it out."""
    found = one.voice.carriers
    assert isinstance(found, LocalCarriers)
    return found


async def asked(one: Process, settings: Settings) -> Voice:
    """A subject that has asked something, and has the answer."""
    ops = one.voice.apart(settings, inviter="ops")
    ask = await ops.ask_in_room("Ship it?", "kitchen", wait_seconds=0)
    types(await shown(one), "Yes.")
    assert (await ops.wait_for_reply(ask.ask_id)).reply == "Yes."
    return ops


async def test_the_voice_of_a_subject_that_has_nothing_to_do_any_more_goes(one: Process, settings: Settings) -> None:
    """Subjects come and go for as long as a process serves; the next call makes it anew."""
    await asked(one, settings)
    assert list(carriers(one)._voices) == ["", "ops"]
    await until(lambda: list(carriers(one)._voices) == [""], limit=LIMIT)
    await asked(one, settings)


async def test_a_voice_with_a_line_that_no_result_has_returned_stays(one: Process, settings: Settings) -> None:
    """Though its room is left: the store may not have it yet."""
    await asked(one, settings)
    voice = carriers(one)._voices["ops"]
    types(one.engine.links[-1], "And mind the gap.")
    await until(lambda: voice.seats.unreturned, limit=LIMIT)
    await until(lambda: voice.is_at_rest() and not carriers(one)._carried, limit=LIMIT)
    for _ in range(3):
        carriers(one)._forget(now=1e12)
    assert list(carriers(one)._voices) == ["", "ops"]
