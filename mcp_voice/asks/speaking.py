"""Speaking a question: once it may be spoken, and until it has sounded, is interrupted or breaks off."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from mcp_voice.asks.ask import Ask
from mcp_voice.asks.audience import let_settle
from mcp_voice.asks.hearing_out import wait_for_silence
from mcp_voice.asks.pickup import mailbox_spoke_over, until_greeted
from mcp_voice.errors import CutOff, LinkLost, VoiceError
from mcp_voice.link import RoomLink
from mcp_voice.link.playout import Playout, Speech
from mcp_voice.tasks import owned_tasks
from mcp_voice.turns.listener import Listener
from mcp_voice.turns.pending import PendingReply

__all__ = ["speak_question"]

TRIES = 2
"""How often a question is spoken that is spoken over by a mailbox."""


async def speak_question(
    ask: Ask,
    listener: Listener,
    link: RoomLink,
    speech: Speech,
    pending: PendingReply,
    *,
    show: Callable[[], None],
) -> None:
    """Speak the question, once more if a mailbox spoke over it; ``show`` is called once it sounds."""
    await let_settle(ask, listener, link)
    for _ in range(TRIES):
        await wait_for_silence(listener)
        await until_greeted(listener, target=ask.target)
        await ask.before_speaking()
        heard_before = len(ask.at_pickup.texts)
        await _speak(ask, listener, link, speech, pending, show=show)
        if not (ask.delivery.interrupted and ask.at_pickup.may_be_mailbox):
            return
        # The room is still ours to speak in.
        if not await mailbox_spoke_over(listener, pending, heard_before=heard_before):
            return


async def _speak(
    ask: Ask,
    listener: Listener,
    link: RoomLink,
    speech: Speech,
    pending: PendingReply,
    *,
    show: Callable[[], None],
) -> None:
    async with link.say(speech) as playout:
        ask.view.voice_awaited = lambda: playout.waiting
        begun = await _first_sound(playout, pending)
        listener.open(pending, since=begun)
        if not ask.delivery.has_begun:
            ask.delivery.first_sound_at, ask.delivery.trouble = begun, None
        # Not before it is listened for: whoever sees it may answer at once, and the voice may take seconds to begin.
        show()
        ask.update("speaking")
        try:
            with listener.interruptible(playout):
                await playout.done()
            await _until_connected(listener, pending)
            if pending.lost:
                pending.reply.result()
            if pending.waiting and pending.may_ask_again and listener.turns.missed_since(begun):
                raise CutOff("The connection was lost while the question was spoken.")
        except LinkLost:
            raise
        except VoiceError:
            # The question broke off, but somebody may have understood it.
            if not pending.reply.done() and not listener.turns.answering(pending):
                if playout.spoken:
                    listener.transcript.add(playout.spoken, began_at=begun)
                raise
        _note_question(ask, listener, playout, begun)


async def _until_connected(listener: Listener, pending: PendingReply) -> None:
    """Wait while the connection is broken, into which a question sounds to its end, and no reply has come."""
    while listener.turns.is_broken and pending.waiting:
        await listener.change.wait()


async def _first_sound(playout: Playout, pending: PendingReply) -> float:
    """When it begins to sound; raises EverybodyLeft where they go before: whoever comes then is asked anew."""

    async def watch() -> None:
        await asyncio.wait([pending.reply])
        if pending.everybody_left:
            pending.reply.result()

    async with owned_tasks() as tasks:
        tasks.start_soon(watch)
        begun = await playout.started()
        tasks.cancel_scope.cancel()
        return begun


def _note_question(ask: Ask, listener: Listener, playout: Playout, begun: float) -> None:
    ask.delivery.was_spoken, ask.delivery.interrupted = True, playout.interrupted
    ask.delivery.spoken = playout.spoken or ("" if playout.interrupted else ask.wording)
    ended = playout.ended_at if playout.ended_at is not None else time.monotonic()
    ask.delivery.question_ms = round((ended - begun) * 1000)
    if ask.delivery.spoken:
        listener.transcript.add(ask.delivery.spoken, began_at=begun)
