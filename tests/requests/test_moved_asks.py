"""An ask that has gone to another room than it was opened for: whoever shares the store knows of that one too."""

from __future__ import annotations

import pytest

from mcp_voice.participants import Participant
from mcp_voice.requests import local
from mcp_voice.settings import load
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Place
from testkit.fake_link import ALICE, FakeEngine, FakeLink
from testkit.shared_store import process
from testkit.waiting import until
from tests.requests.kitchen import LIMIT, types

pytestmark = pytest.mark.anyio


async def test_another_process_reads_what_was_said_in_the_room_that_it_has_gone_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The room that it was opened for has nothing of it."""
    monkeypatch.setattr(local, "RENEW_SECONDS", 0.1)
    store, settings = MemoryStore(), load(quiet_seconds=60.0, _env_file=None)
    people: dict[str, list[Participant]] = {"voice": [], "kitchen": []}
    one_engine, other_engine = FakeEngine(people=people), FakeEngine(people=people)
    async with process(store, one_engine, settings) as one, process(store, other_engine, settings) as other:
        pending = await one.voice.ask_in_room("What is it?", wait_seconds=0)
        assert pending.room_name == "voice"
        people["kitchen"].append(ALICE)

        def asked() -> list[FakeLink]:
            return [link for link in one_engine.links if link.room_name == "kitchen" and link.playouts]

        await until(asked, limit=LIMIT)
        (link,) = asked()
        await until(lambda: link.playouts[0].listened_for, limit=LIMIT)
        link.playouts[0].finish()
        await until(lambda: link.asking, limit=LIMIT)
        types(link, "This.")
        assert (await other.voice.wait_for_reply(pending.ask_id, LIMIT)).reply == "This."

        async def is_read() -> bool:
            return bool(await store.noted(Place("", "kitchen")))

        await until(is_read, limit=LIMIT)
        assert [line.text for line in await other.voice.read_transcript("kitchen")] == ["What is it?", "This."]
