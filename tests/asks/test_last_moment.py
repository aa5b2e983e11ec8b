"""A reply that is there in the moment in which its question ends: it is the ask's, or it is kept."""

from __future__ import annotations

import time

import anyio
import pytest

from mcp_voice.requests import claim
from mcp_voice.settings import load
from mcp_voice.turns.transcript import Reply
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, FakeEngine
from testkit.opened import seats_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 5.0


async def answered_unseen(voice: Voice, engine: FakeEngine) -> str:
    """The id of an ask whose turn is over, of which its own task has not heard yet."""
    ask_id = (await voice.ask_in_room("Ship it?", "kitchen", wait_seconds=0)).ask_id
    link = engine.links[0]
    await until(lambda: link.asking, limit=LIMIT)
    link.playouts[-1].finish()
    listener = seats_of(voice).seat("kitchen", name="").listener
    await until(lambda: listener.asked, limit=LIMIT)
    pending, now = listener.asked, time.monotonic()
    assert pending is not None
    pending.resolve(Reply(ALICE, "Not on a Friday.", "speech", now, now, now))
    return ask_id


async def test_a_reply_that_comes_as_its_question_is_withdrawn_is_not_lost() -> None:
    """It answers nothing any more, and is returned all the same."""
    engine = FakeEngine()
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as voice:
        ask_id = await answered_unseen(voice, engine)
        ended = await voice.cancel_ask(ask_id)
        told = await voice.wait_for_reply(ask_id, 0)
        said = [*ended.said_meanwhile, *told.said_meanwhile]
    assert (ended.status, told.status) == ("cancelled", "cancelled")
    assert [each.text for each in said] == ["Not on a Friday."]


async def test_a_reply_is_returned_and_told_to_those_who_hold_before_the_floor_is_back() -> None:
    """Giving it back takes a round trip, here one without an end, for which nobody need wait."""
    engine = FakeEngine(stuck=anyio.Event())
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as voice:
        ask_id = await answered_unseen(voice, engine)
        told = await voice.wait_for_reply(ask_id, LIMIT)
        link = engine.links[0]
        assert (told.status, told.reply) == ("answered", "Not on a Friday.")
        assert link.replies == [("alice", "Not on a Friday.")]
        assert link.floor == ask_id
        assert engine.stuck is not None
        engine.stuck.set()
        await until(lambda: not link.floor, limit=LIMIT)
    assert len(link.replies) == 1


async def test_a_reply_that_was_returned_is_in_no_other_result_however_long_the_floor_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Meanwhile the claim on what is over by now is renewed, which shows that it holds no more."""
    monkeypatch.setattr(claim, "RENEW_SECONDS", 0.05)
    monkeypatch.setattr(claim, "RETRY_SECONDS", 0.05)
    engine = FakeEngine(stuck=anyio.Event())
    async with voice_with(load(quiet_seconds=60.0, _env_file=None), engine) as voice:
        ask_id = await answered_unseen(voice, engine)
        assert (await voice.wait_for_reply(ask_id, LIMIT)).reply == "Not on a Friday."
        await anyio.sleep(0.5)  # some renewals
        assert engine.stuck is not None
        engine.stuck.set()
        await until(lambda: not engine.links[0].floor, limit=LIMIT)
        later = await voice.listen_in_room("kitchen", wait_seconds=0)
    assert (later.status, later.said_meanwhile) == ("pending", [])
