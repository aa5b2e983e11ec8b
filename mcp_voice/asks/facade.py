"""Everything that can be asked, said and heard: the one object behind tools, command line and library."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import anyio
from anyio.abc import TaskGroup

from mcp_voice.asks import arguments as checks
from mcp_voice.asks.ask import Ask, Phase
from mcp_voice.asks.deadlines import own
from mcp_voice.asks.listen import listen
from mcp_voice.asks.meanwhile import listed, with_meanwhile
from mcp_voice.asks.registry import Registry
from mcp_voice.asks.run import converse
from mcp_voice.asks.say import say
from mcp_voice.asks.seats import Links, Seat
from mcp_voice.asks.targets import check_room, choose_addressees, choose_room, choose_target, next_call
from mcp_voice.link import Engine
from mcp_voice.participants import Target
from mcp_voice.progress import REPORT_SECONDS, Report, reporting, unreported
from mcp_voice.results import Answer, Cancelled, Invitation, RoomInfo, Rooms, Said, Sent
from mcp_voice.settings import Settings
from mcp_voice.tasks import owned_tasks
from mcp_voice.turns.transcript import Line, Transcript
from mcp_voice.turns.turn import Patience

__all__ = ["Asks", "asks"]

UNDER_WAY_SECONDS = 30.0
"""How long a call that does not want to wait still waits for the question to begin."""
DEFAULT_NAME = "mcp-voice"


class Asks:
    """The asks of a process, open and over, and the rooms they are asked in."""

    def __init__(self, settings: Settings, engine: Engine, tasks: TaskGroup) -> None:
        self._settings = settings
        self._engine = engine
        self._tasks = tasks
        self._registry = Registry(keep_seconds=settings.keep_seconds)
        self.links = Links(
            engine,
            tasks,
            patience=Patience().scaled(settings.patience),
            language=settings.language,
            quiet_seconds=settings.quiet_seconds,
            log_speech=settings.log_speech,
        )

    async def rooms(self, *, report: Report = unreported) -> Rooms:
        """All rooms that may be entered."""
        async with reporting(report, self._engine.progress):
            found = await self._engine.rooms()
        rooms = [room for room in found if self._settings.may_enter(room.room_name)]
        rooms, more = listed(rooms, [self._transcript(room.room_name) for room in rooms])
        return Rooms(rooms=rooms, more=more, next=next_call(rooms))

    async def ask(  # noqa: PLR0913  # those of the tool, and who calls
        self,
        question: str,
        *,
        room_name: str = "",
        participant: str = "",
        choices: Sequence[str] = (),
        open_ended: bool = False,
        wait_seconds: float,
        report: Report,
        name: str = "",
        tool_use_id: str = "",
    ) -> Answer:
        """Ask by voice and wait for the reply; cancelling hangs up. Raises VoiceError."""
        question = checks.question(question)
        choices = checks.choices(choices)
        wait_seconds = checks.wait_seconds(wait_seconds)
        begun = time.monotonic()
        ask = self._registry.repeated(question, Target(participant, room_name), tool_use_id)
        if ask is None:
            room = await self._room(room_name, report)
            target = choose_target(participant, room)
            # Once more: the same call may have come twice while we looked for the room.
            ask = self._registry.repeated(question, target, tool_use_id)
            if ask is None:
                ask = Ask(question, target, choices, tool_use_id, open_ended)
                ask.audience = partial(iter, room.participants)
                self._open(ask, name=self._visible_name(name))
        ask.callers += 1
        try:
            answer = await self._follow(ask, remaining(wait_seconds, begun), report)
            return with_meanwhile(answer, self._transcript(ask.room_name))
        except anyio.get_cancelled_exc_class():
            if ask.callers == 1:
                ask.scope.cancel()
            raise
        finally:
            ask.callers -= 1
            ask.notify()

    async def wait(self, ask_id: str, *, wait_seconds: float, report: Report) -> Answer:
        """Wait for the reply to an open ask; cancelling only stops waiting."""
        wait_seconds = checks.wait_seconds(wait_seconds)
        ask = self._registry.get(ask_id)
        answer = await self._follow(ask, wait_seconds, report)
        return with_meanwhile(answer, self._transcript(ask.room_name))

    async def cancel(self, ask_id: str) -> Cancelled:
        """Take a question back; says what had become of it."""
        ask = self._registry.get(ask_id)
        ask.scope.cancel()
        while ask.outcome is None:
            await ask.change.wait()
        answer = ask.answer()
        return with_meanwhile(Cancelled(status=answer.status, next=answer.next), self._transcript(ask.room_name))

    async def say(
        self, message: str, *, room_name: str = "", wait_seconds: float, name: str = "", report: Report
    ) -> Said:
        """Say something without waiting for a reply; cancelling falls silent.

        ``wait_seconds`` is for how long it may wait until it can be said; then it raises VoiceError.
        """
        message = checks.message(message)
        begun = time.monotonic()
        room = await self._room(room_name, report)
        seat = self.links.seat(room.room_name, name=self._visible_name(name))
        until = begun + max(1.0, wait_seconds)
        said = await say(message, seat, self._engine, until=until, report=report)
        return with_meanwhile(said, seat.transcript)

    async def listen(
        self, *, room_name: str = "", participant: str = "", wait_seconds: float, name: str = "", report: Report
    ) -> Answer:
        """What was said to nobody yet, else the next turn; cancelling only stops waiting."""
        wait_seconds = checks.wait_seconds(wait_seconds)
        room = await self._room(room_name, report)
        target = choose_target(participant, room)
        seat = self.links.seat(room.room_name, name=self._visible_name(name))
        return await listen(seat, target=target, wait_seconds=wait_seconds, report=report)

    async def send(
        self,
        message: str,
        *,
        room_name: str = "",
        participants: Sequence[str] = (),
        topic: str = "",
        as_chat: bool = False,
        name: str = "",
    ) -> Sent:
        """Send a data message or chat text to a room, without entering it."""
        message = checks.message(message, limit=None)
        room = await self._room(room_name, needs_human=False)
        to = choose_addressees(participants, room)
        sender = self._visible_name(name)
        sent = await self._engine.send(room.room_name, message, to=to, topic=topic, as_chat=as_chat, sender=sender)
        return with_meanwhile(sent, self._transcript(room.room_name))

    async def invite(self, room_name: str, *, identity: str, name: str) -> Invitation:
        """A way into a room for one person, to be shown to nobody but whoever asked for it."""
        checks.new_name(room_name, "room_name")
        check_room(room_name, self._settings.may_enter)
        checks.new_name(identity, "identity")
        return await self._engine.invite(room_name, identity=identity, name=name)

    def transcript(self, room_name: str) -> list[Line]:
        """What was said in a room since we first entered it; raises UnknownRoom if we never were there."""
        return list(self.links.visited(room_name).transcript.lines)

    def entered(self) -> list[str]:
        """The rooms we are in."""
        return self.links.entered()

    def _visible_name(self, host: str) -> str:
        """The name under which we are seen: the one that is set, else the host's."""
        return self._settings.name or host or DEFAULT_NAME

    async def _room(self, room_name: str, report: Report = unreported, *, needs_human: bool = True) -> RoomInfo:
        async with reporting(report, self._engine.progress):
            # A named room is looked up alone; the others matter only when it is not there.
            rooms = await self._engine.rooms(room_name) or await self._engine.rooms()
        return choose_room(room_name, rooms, self._settings.may_enter, needs_human=needs_human)

    async def _follow(self, ask: Ask, wait_seconds: float, report: Report) -> Answer:
        """Report every change until the ask is over or the time is."""
        enough: tuple[Phase, ...] = ()
        if wait_seconds == 0:
            # The question is under way when it is queued or sounds; a mistake shows before that.
            wait_seconds, enough = UNDER_WAY_SECONDS, ("speaking", "listening", "queued", "ringing")
        with anyio.move_on_after(wait_seconds):
            while ask.outcome is None and ask.phase not in enough:
                change = ask.change
                await report(ask.progress())
                with anyio.move_on_after(REPORT_SECONDS):
                    await change.wait()
        return ask.answer()

    def _open(self, ask: Ask, *, name: str) -> None:
        self._registry.add(ask)
        self._tasks.start_soon(self._run, ask, self.links.seat(ask.room_name, name=name))

    async def _run(self, ask: Ask, seat: Seat) -> None:
        ask_seconds = self._settings.ask_seconds
        work = partial(converse, ask, seat, self._engine, ask_seconds=ask_seconds)
        try:
            await own(ask, seat, self._tasks, work, ask_seconds=ask_seconds)
        finally:
            self._registry.close(ask)

    def _transcript(self, room_name: str) -> Transcript | None:
        seat = self.links.known(room_name)
        return seat.transcript if seat else None


def remaining(wait_seconds: float, begun: float) -> float:
    """What is left of a wait since ``begun``: at least a second, and 0 stays 0."""
    return wait_seconds and max(1.0, wait_seconds - (time.monotonic() - begun))


@asynccontextmanager
async def asks(settings: Settings, engine: Engine) -> AsyncIterator[Asks]:
    """Asks and the rooms they need, for as long as the block lasts; leaving it leaves every room."""
    async with owned_tasks() as tasks:
        yield Asks(settings, engine, tasks)
        tasks.cancel_scope.cancel()
