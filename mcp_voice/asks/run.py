"""The work of one ask: take the floor, speak, listen, and start over where the connection was lost."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from functools import partial

import anyio

from mcp_voice.asks.ask import Ask
from mcp_voice.asks.audience import check_audience, until_others
from mcp_voice.asks.hearing_out import hear_out
from mcp_voice.asks.nobody_there import Waits, is_nobody_there, wait_in_room
from mcp_voice.asks.pickup import until_picked_up
from mcp_voice.asks.reentry import Reentry
from mcp_voice.asks.seat import Seat
from mcp_voice.asks.speaking import speak_question
from mcp_voice.bounds.limits import NEW_WORDS_SECONDS, OVERTIME_SECONDS
from mcp_voice.errors import CutOff, EverybodyLeft, LiveKitError, NobodyThere, RoomClosed, VoiceError
from mcp_voice.link import Engine, Floor, RoomLink
from mcp_voice.link.playout import Speech
from mcp_voice.tasks import owned_tasks
from mcp_voice.turns.listener import Listener
from mcp_voice.turns.pending import PendingReply
from mcp_voice.turns.transcript import Reply
from mcp_voice.words.cut_off import cut_off

__all__ = ["converse"]

log = logging.getLogger(__name__)

ANSWER_SECONDS = 3.0
"""How long after a question nobody else asks, though no call waits for its answer: a human begins within this."""
NOT_HEARD = "not-heard"


async def converse(ask: Ask, seat: Seat, engine: Engine, *, ask_seconds: float, waits: Waits | None = None) -> None:
    """Ask, and hear the answer, which is kept in the ask; raises VoiceError, or Elsewhere. Its owner bounds all of it.

    Where nobody is there it ends, or it waits as ``waits`` says until somebody is.
    """
    nobody, called_at = waits is not None and await is_nobody_there(ask, engine, waits), ask.opened_at
    while True:
        with ExitStack() as stay:
            if nobody and waits is not None:
                stay.enter_context(seat.kept())
                await wait_in_room(ask, seat, engine, waits, ask_seconds=ask_seconds)
                called_at = time.monotonic()
            try:
                return await _converse(ask, seat, engine, called_at=called_at, ask_seconds=ask_seconds)
            except (NobodyThere, EverybodyLeft, RoomClosed):
                if waits is None or not ask.is_unheard:
                    raise
                # They went before they were asked anything.
                nobody = True
            except LiveKitError as error:
                if waits is None or error.code != NOT_HEARD or not ask.is_unheard:
                    raise
                # Whoever is there takes no sound, or is gone: LiveKit shows a browser that was killed for 15 s more.
                ask.delivery.trouble, nobody = error, True
                ask.notify()
                await until_others(ask, seat.listener)


async def _converse(ask: Ask, seat: Seat, engine: Engine, *, called_at: float, ask_seconds: float) -> None:
    reentry = Reentry()
    while True:
        try:
            return await _ask(ask, seat, engine, reentry, called_at=called_at, ask_seconds=ask_seconds)
        except CutOff:
            # Whoever answered, or we, went on into nothing.
            log.info("a connection was lost while a question was spoken or answered; asking again")
            ask.preface = cut_off(seat.listener.language)
            ask.delivery.spoken, ask.delivery.was_spoken, ask.delivery.interrupted = "", False, False


async def _ask(ask: Ask, seat: Seat, engine: Engine, reentry: Reentry, *, called_at: float, ask_seconds: float) -> None:
    """Ask, and go back where the connection was lost; raises CutOff where it is to be spoken once more."""
    ask.update("joining")
    async with engine.synthesis(ask.wording) as speech:
        while True:
            was_in = seat.link is not None
            try:
                async with seat.enter(called_at=called_at) as link, owned_tasks() as tasks:
                    # Whatever we wait for there, we are told when the stay ends.
                    tasks.start_soon(seat.lost, link)
                    if ask.delivery.connect_ms is None:
                        ask.delivery.connect_ms = 0 if was_in else link.connect_ms
                    await _hold_conversation(ask, seat.listener, link, speech, ask_seconds=ask_seconds)
                    tasks.cancel_scope.cancel()
                    return
            except VoiceError as error:
                if ask.outcome is not None:
                    return
                if isinstance(error, EverybodyLeft):
                    raise
                await reentry.pause(error)
                if isinstance(error, CutOff):
                    raise
                log.warning("out of a room while an ask is open (%s); entering again", type(error).__name__)
            if time.monotonic() >= ask.asked_at + ask_seconds:
                ask.expired()
                return


async def _hold_conversation(
    ask: Ask, listener: Listener, link: RoomLink, speech: Speech, *, ask_seconds: float
) -> None:
    ask.view.audience = listener.presence.here
    if not ask.delivery.was_spoken:
        await check_audience(ask, listener, link)
    wanted = listener.expect(ask.target, choices=ask.choices, open_ended=ask.open_ended, at_pickup=ask.at_pickup)
    with wanted as pending:
        ask.view.unreadable = pending.unreadable
        pending.may_ask_again = ask.preface is None
        tell = None if ask.delivery.was_spoken else partial(_note_holder, ask)
        try:
            if ask.delivery.was_spoken:
                # Whoever has heard it need not wait until we know that they are there.
                listener.open_again(pending, asked_at=ask.asked_at)
                await check_audience(ask, listener, link)
            if await _wait_for_pickup(ask, listener, link, pending) and ask.delivery.was_spoken:
                listener.open(pending, since=time.monotonic())
            async with (
                link.hold_floor(ask.id, tell=tell) as floor,
                _concluded(ask, listener, pending, floor),
                owned_tasks() as tasks,
            ):
                tasks.start_soon(_follow, ask, listener, pending)
                if ask.delivery.was_spoken:
                    _show(ask, floor, ask_seconds)
                else:
                    show = partial(_show, ask, floor, ask_seconds)
                    await speak_question(ask, listener, link, speech, pending, show=show)
                ask.update("listening")
                tasks.start_soon(_give_back, ask, listener, pending, floor)
                if not await _hear(ask, listener, pending, ask_seconds=ask_seconds):
                    ask.expired()
                tasks.cancel_scope.cancel()
        finally:
            _settle(ask, listener, pending)


@asynccontextmanager
async def _concluded(ask: Ask, listener: Listener, pending: PendingReply, floor: Floor) -> AsyncIterator[None]:
    """Tell those that hold what came of the ask, however the block ends.

    Before the floor is given back: that takes a round trip for which nobody need wait.
    """
    try:
        yield
    finally:
        if reply := _settle(ask, listener, pending):
            floor.conclude(question=ask.question, reply=reply.text, identity=reply.participant.identity)


def _settle(ask: Ask, listener: Listener, pending: PendingReply) -> Reply | None:
    """Where a reply has come it is the ask's, of which it gives as much as one result holds; else it is kept.

    It may have come just before we were removed, or the ask ended.
    """
    if not pending.replied or pending.is_settled:
        return None
    pending.is_settled, whole = True, pending.reply.result()
    if not ask.is_open:
        listener.transcript.keep(whole)
        return None
    reply, rest = whole.split()
    if rest is not None:
        listener.transcript.keep(rest)
    ask.answered(reply, whole="" if rest is None else whole.text)
    return reply


async def _give_back(ask: Ask, listener: Listener, pending: PendingReply, floor: Floor) -> None:
    """Let others speak once its own call has returned, while the ask only listens and is not being answered."""
    await anyio.sleep(ANSWER_SECONDS)
    while ask.is_waited_for or listener.turns.answering(pending):
        await ask.change.wait()
    floor.give_back()


def _note_holder(ask: Ask, holder: str) -> None:
    """Somebody else has the floor, or nobody has any more."""
    if holder:
        ask.queue_behind(lambda: holder)
    elif ask.phase == "queued":
        ask.update("joining")


async def _wait_for_pickup(ask: Ask, listener: Listener, link: RoomLink, pending: PendingReply) -> bool:
    """Wait while nobody is there but a phone that rings, and tell whether; raises EverybodyLeft if nobody picks up."""
    ringing = partial(ask.update, "ringing")
    rang = await until_picked_up(listener, link, target=ask.target, tell=ringing)
    if rang:
        if not pending.waiting:
            pending.reply.result()
        ask.update("joining")
    return rang


def _show(ask: Ask, floor: Floor, ask_seconds: float) -> None:
    left = ask.asked_at + ask_seconds - time.monotonic() if ask.delivery.has_begun else ask_seconds
    floor.show_question(ask.target.participant, question=ask.question, choices=ask.choices, seconds=max(0.0, left))


async def _hear(ask: Ask, listener: Listener, pending: PendingReply, *, ask_seconds: float) -> bool:
    """Wait for the reply, and tell whether it came; one that is under way when the time is over is heard out."""
    with anyio.move_on_at(ask.asked_at + ask_seconds):
        await _reply(pending)
    if pending.waiting:
        await hear_out(listener, pending, limit=OVERTIME_SECONDS, without_words=NEW_WORDS_SECONDS)
    if pending.waiting:
        return False
    await _reply(pending)
    return True


async def _reply(pending: PendingReply) -> None:
    # Awaiting the future itself would cancel it with us.
    await asyncio.wait([pending.reply])
    pending.reply.result()


async def _follow(ask: Ask, listener: Listener, pending: PendingReply) -> None:
    told = ask.cannot_be_heard()
    while True:
        await listener.change.wait()
        if ask.cannot_be_heard() != told:
            told = ask.cannot_be_heard()
            ask.notify()
        words = listener.turns.answer_so_far(pending)
        ask.update(heard_so_far=words, words_coming=not words and listener.turns.answering(pending))
