"""Whoever a question is for goes, or hears nothing, before it sounds: it waits for others."""

from __future__ import annotations

import anyio
import pytest

from mcp_voice.errors import LiveKitError, RoomClosed
from mcp_voice.voice import Voice
from testkit.fake_link import ALICE, BOB, FakeEngine
from testkit.fake_playout import FakePlayout
from testkit.opened import ask_of
from testkit.waiting import until
from tests.asks.empty_room import LIMIT, answered, ask, asked_in, engine, now, page, quick, running, waits

__all__ = ["engine", "page", "quick", "running"]

pytestmark = pytest.mark.anyio


async def test_whoever_goes_before_the_first_sound_is_waited_for_anew(running: Voice, engine: FakeEngine) -> None:
    """The voice was late, and whoever comes next hears the question from its beginning."""
    engine.voice_due = anyio.Event()
    pending = await waits(running, (await ask(running)).ask_id)
    (link,) = engine.links
    link.joins(ALICE)
    await until(lambda: link.playouts, limit=LIMIT)
    link.leaves(ALICE)
    await waits(running, pending.ask_id)
    engine.voice_due.set()
    link.joins(ALICE)
    await asked_in(engine, playout=1)
    assert (await answered(running, link, pending.ask_id)).reply == "This."


async def test_a_room_that_is_closed_before_the_first_sound_is_made_again(running: Voice, engine: FakeEngine) -> None:
    """LiveKit closes it once everybody has gone."""
    engine.voice_due = anyio.Event()
    pending = await waits(running, (await ask(running)).ask_id)
    engine.links[0].joins(ALICE)
    await until(lambda: engine.links[0].playouts, limit=LIMIT)
    engine.links[0].lose(RoomClosed("The room was closed."))
    await until(lambda: len(engine.links) == 2, limit=LIMIT)
    engine.voice_due.set()
    engine.links[1].joins(ALICE)
    link = await asked_in(engine, 1)
    assert (await answered(running, link, pending.ask_id)).reply == "This."


async def test_somebody_whose_client_takes_no_sound_ends_no_question_that_others_may_answer(
    running: Voice, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The result says what is wrong, and the next who comes is asked."""
    started = FakePlayout.started

    async def unheard(playout: FakePlayout) -> float:
        if BOB not in engine.links[0].present:
            raise LiveKitError("Nobody received the audio.", code="not-heard")
        return await started(playout)

    monkeypatch.setattr(FakePlayout, "started", unheard)
    pending = await waits(running, (await ask(running)).ask_id)
    (link,) = engine.links
    link.joins(ALICE)
    await until(lambda: ask_of(running, pending.ask_id).delivery.trouble, limit=LIMIT)
    pending = await now(running, pending.ask_id)
    assert (pending.status, "Nobody received the audio." in pending.next) == ("pending", True)
    link.joins(BOB)
    await asked_in(engine, playout=1)
    answer = await answered(running, link, pending.ask_id, identity="bob")
    assert (answer.reply, "audio" in answer.next) == ("This.", False)


async def test_a_question_for_somebody_who_is_gone_without_a_word_waits_for_the_next(
    running: Voice, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser that is killed stays in its room for 15 s more, and takes no sound."""
    started = FakePlayout.started

    async def unheard(playout: FakePlayout) -> float:
        if ALICE in engine.links[0].present:
            raise LiveKitError("Nobody received the audio.", code="not-heard")
        return await started(playout)

    monkeypatch.setattr(FakePlayout, "started", unheard)
    engine.people = {"voice": [ALICE]}
    pending = await ask(running)
    await until(lambda: ask_of(running, pending.ask_id).delivery.trouble, limit=LIMIT)
    (link,) = engine.links
    link.leaves(ALICE)
    pending = await waits(running, pending.ask_id)
    assert "Nobody received the audio." not in pending.next
    link.joins(BOB)
    await asked_in(engine, playout=1)
    assert (await answered(running, link, pending.ask_id, identity="bob")).reply == "This."
