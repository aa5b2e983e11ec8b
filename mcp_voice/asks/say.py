"""Saying something without waiting for a reply, also while a question waits for its answer."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

import anyio

from mcp_voice.asks.arrival import until_started, wait_for_somebody
from mcp_voice.asks.hearing_out import hear_out, wait_for_silence
from mcp_voice.asks.pickup import until_greeted, until_picked_up
from mcp_voice.asks.seat import Seat
from mcp_voice.bounds.limits import NEW_WORDS_SECONDS
from mcp_voice.errors import SHOWS_MORE, LinkLost, LiveKitError, NobodyThere, TTSError, VoiceError, quoted
from mcp_voice.link import Engine, RoomLink
from mcp_voice.link.playout import Playout
from mcp_voice.participants import Participant
from mcp_voice.progress import AWAITED, AWAITED_ON, Report, reporting
from mcp_voice.results import Said
from mcp_voice.tasks import owned_tasks

__all__ = ["Before", "say"]

Before = Callable[[], Awaitable[None]]

NEXT_SAID = (
    "It was spoken in full. If somebody answers, it is in the next result for this room, or call listen_in_room."
)
NEXT_INTERRUPTED = "Somebody spoke over it: call listen_in_room for what they said."
NEXT_SAID_MEANWHILE = "It was spoken in full. {ask_id} still waits for its answer: call wait_for_reply to get it."
NEXT_ENDING = "This server is shutting down, so it was cut off. Say the rest once it is back."
NEXT_ANSWERED = "Somebody spoke over it. What they said answers {ask_id}: call wait_for_reply to get it."
AGAIN = "Call again in a few seconds."
SECONDS_A_LETTER, SECONDS_A_SIGN = 0.2, 1.0
"""Slower than anybody speaks: a letter of ASCII, and anything else (a digit, a Chinese character)."""
PAUSES_SECONDS = 30.0


class _Saying:
    """One message on its way; ``until`` is the latest instant at which it may begin."""

    def __init__(self, message: str, seat: Seat, *, until: float, report: Report, before: Before | None) -> None:
        self.id = f"say-{uuid.uuid4().hex[:10]}"
        self.message = message
        self.seat = seat
        self.holder = ""
        """The agent that has the floor."""
        self.alone = False
        """Whether we wait until somebody joins."""
        self.ringing = False
        """Whether we wait until a phone is picked up."""
        self.called_at = time.monotonic()
        self.began_at: float | None = None
        self.asked = ""
        """Id of the ask that was listened for meanwhile."""
        self.playout: Playout | None = None
        self.limit = anyio.CancelScope(deadline=until)
        self.call = anyio.CancelScope()
        """All of it, also while it waits for its turn."""
        self.mending = anyio.CancelScope()
        """The wait for a connection that is broken, once it has been spoken."""
        self.report = report
        self.before = before

    @property
    def _ahead(self) -> str:
        """The ask (or what else is said) that it waits for."""
        if self.seat.turn_to_speak.first != self.id:
            return self.seat.turn_to_speak.first
        asked = self.seat.listener.asked
        return self.seat.turn_to_ask.first if asked and self.seat.listener.turns.answering(asked) else ""

    def progress(self) -> str:
        """What it is about."""
        awaited = self.playout is not None and self.playout.waiting
        if self.began_at is not None:
            return f"speaking{AWAITED_ON if awaited else ''}"
        if awaited:
            return AWAITED
        if self.ringing:
            return "ringing: waiting until the phone is picked up"
        if self.is_alone:
            return f"waiting for somebody to join{self.seat.way_in.in_short()}"
        return (
            "waiting until the floor is free" if self._ahead or self.holder else f"joining room {self.seat.room_name}"
        )

    @property
    def is_alone(self) -> bool:
        """Whether it waits until somebody joins, or behind an ask that does."""
        return self.alone or (self.seat.turn_to_speak.first != self.id and self.seat.way_in.awaits)

    async def wait_for_somebody(self, engine: Engine) -> None:
        """Wait until a human is there; as long as we may wait."""

        def tell(found: Participant | None) -> None:
            self.alone = found is None

        await until_started(engine)
        longest = max(0.0, self.limit.deadline - time.monotonic())
        await wait_for_somebody(self.seat, engine, longest=longest, greets=True, tell=tell)

    async def wait_for_pickup(self, link: RoomLink) -> None:
        """Wait while nobody is there but a phone that rings; raises NobodyThere if it is not picked up."""
        listener = self.seat.listener
        if await until_picked_up(listener, link, tell=self._note_ringing):
            self.ringing = False
            if not listener.presence.anybody_there():
                raise NobodyThere(
                    "Nothing was said: the phone was not picked up.",
                    fix="Call list_rooms to see who is where.",
                    code="not-picked-up",
                )

    def _note_ringing(self) -> None:
        self.ringing = True

    def note_holder(self, holder: str) -> None:
        """Somebody else has the floor, or nobody has any more."""
        self.holder = holder

    async def wait_for_silence(self) -> None:
        """Let an answer be said to its end, as long as we may wait, and whatever else for a limited time."""
        listener = self.seat.listener
        asked = listener.asked
        if asked is not None and listener.turns.answering(asked):
            await hear_out(listener, asked, limit=math.inf, without_words=NEW_WORDS_SECONDS)
        else:
            await wait_for_silence(listener)

    async def play(self, playout: Playout) -> None:
        """Speak it; what began in time may go on for as long as it takes to say."""
        self.playout = playout
        self.began_at = await playout.started()
        self.asked = self.seat.turn_to_ask.first if self.seat.listener.asked else ""
        self.limit.deadline = self.began_at + PAUSES_SECONDS + _longest(self.message) + playout.longest_waits
        await self.report("speaking")
        with self.seat.listener.interruptible(playout, heed=self._is_human):
            try:
                await playout.done()
            except TTSError:
                if playout.spoken:
                    self.seat.transcript.add(playout.spoken, began_at=self.began_at)
                raise
        if not playout.interrupted:
            await self._until_heard(playout, since=self.began_at)

    async def _until_heard(self, playout: Playout, *, since: float) -> None:
        """Raise LinkLost where the connection broke for so long that part of it went into nothing: it plays on."""
        listener = self.seat.listener
        with self.mending:
            while listener.turns.is_broken:
                await listener.change.wait()
        if listener.turns.is_broken or listener.turns.missed_since(since):
            self.seat.transcript.add(playout.spoken or self.message, began_at=since)
            raise LinkLost(
                f"The message may not have been heard in full in room {quoted(self.seat.room_name)}: the connection "
                "broke off meanwhile.",
                fix="Say it again.",
            )

    def _is_human(self, identity: str) -> bool:
        """Whether somebody may speak over it: anybody, even where one person was asked, for this is said to all."""
        return self.seat.listener.presence.human(identity) is not None

    def cut_short(self) -> None:
        """Say no more: this process is about to end."""
        if self.playout is not None and self.playout.started_at is not None:
            self.playout.stop()
            self.mending.cancel()
        else:
            self.call.cancel()

    def next(self, *, interrupted: bool) -> str:
        """What to do after it."""
        if interrupted and self.seat.ending.has_come:
            return NEXT_ENDING
        if self.asked:
            return (NEXT_ANSWERED if interrupted else NEXT_SAID_MEANWHILE).format(ask_id=self.asked)
        return NEXT_INTERRUPTED if interrupted else NEXT_SAID

    def too_late(self) -> VoiceError:
        """Why it could not be said in time, or not to its end."""
        room = quoted(self.seat.room_name)
        if self.is_alone:
            return NobodyThere(
                f"Nothing was said: nobody is in room {room}.", fix=f"{self.seat.way_in.how()} Then call again."
            )
        if self.began_at is not None:
            return LiveKitError(
                f"The message was not spoken in full in room {room}; part of it may have been heard.", code="say-late"
            )
        if self.ringing:
            return NobodyThere(
                f"Nothing was said in room {room}: the phone is ringing, and nobody has picked up.",
                fix="Call again later.",
                code="not-picked-up",
            )
        if ahead := self._ahead:
            return VoiceError(
                f"Nothing was said: {ahead} has the floor in room {room}.",
                fix="Wait for its reply (wait_for_reply), withdraw it (cancel_ask), or call again later.",
                code="floor-taken",
            )
        if self.holder:
            return VoiceError(
                f"Nothing was said: {self.holder} has the floor in room {room}.",
                fix="Call again later.",
                code="floor-taken",
            )
        return LiveKitError(
            f"Nothing was said in room {room}: joining it and synthesizing the speech took too long.",
            fix=f"Try again; {SHOWS_MORE}.",
            code="say-late",
        )


def _longest(message: str) -> float:
    """For how long it may be spoken, in seconds."""
    letters = sum(each.isascii() and not each.isdigit() for each in message)
    return letters * SECONDS_A_LETTER + (len(message) - letters) * SECONDS_A_SIGN


async def say(
    message: str,
    seat: Seat,
    engine: Engine,
    *,
    until: float,
    report: Report,
    somebody_comes: bool = False,
    before: Before | None = None,
) -> Said:
    """Take the floor, speak, and give it back; whoever speaks over it silences it.

    With ``somebody_comes`` nobody was there, and somebody is waited for. ``before`` is awaited before it sounds.

    A question that only waits for its answer goes on waiting: what is said then, over it or after it, is the answer.
    Raises VoiceError if it cannot begin before ``until`` (``time.monotonic()``), and says who has the floor.
    """
    saying = _Saying(message, seat, until=until, report=report, before=before)
    await report(saying.progress())
    with saying.call, seat.ending.cuts(saying.cut_short):
        playout = await _said(saying, engine, until=until, somebody_comes=somebody_comes)
    if saying.call.cancelled_caught:
        raise VoiceError("Nothing was said: this server is shutting down.", fix=AGAIN, code="ending")
    spoken = playout.spoken or ("" if playout.interrupted else message)
    if saying.began_at is not None and spoken:
        seat.transcript.add(spoken, began_at=saying.began_at)
    return Said(
        status="interrupted" if playout.interrupted else "said",
        spoken=spoken,
        room_name=seat.room_name,
        next=saying.next(interrupted=playout.interrupted),
    )


async def _said(saying: _Saying, engine: Engine, *, until: float, somebody_comes: bool) -> Playout:
    async with (
        reporting(saying.report, lambda: engine.starting() or saying.progress()),
        saying.seat.turn_to_speak.turn(saying.id, until=until) as first,
    ):
        if not first:
            raise saying.too_late()
        with saying.limit, ExitStack() as stay:
            if somebody_comes:
                stay.enter_context(saying.seat.kept())
                await saying.wait_for_somebody(engine)
            playout = await _speak(saying, engine)
        if saying.limit.cancelled_caught:
            raise saying.too_late()
    return playout


async def _speak(saying: _Saying, engine: Engine) -> Playout:
    async with (
        engine.synthesis(saying.message) as speech,
        saying.seat.enter(called_at=saying.called_at) as link,
        owned_tasks() as tasks,
    ):
        tasks.start_soon(saying.seat.lost, link)
        await saying.wait_for_pickup(link)
        await saying.wait_for_silence()
        await until_greeted(saying.seat.listener)
        async with link.hold_floor(saying.id, tell=saying.note_holder):
            if saying.before is not None:
                await saying.before()
            async with link.say(speech) as playout:
                await saying.play(playout)
        tasks.cancel_scope.cancel()
        return playout
