"""Everything that can be asked, said and heard: the one object behind tools, command line and library."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import anyio
from anyio.abc import TaskGroup

from mcp_voice.asks import arguments
from mcp_voice.asks.ask import Ask
from mcp_voice.asks.calls import VoiceCalls
from mcp_voice.asks.follow import follow, remaining
from mcp_voice.asks.join_links import JoinPage, SharedPage
from mcp_voice.asks.kept_asks import KeptAsks
from mcp_voice.asks.lifetime import AskMeans, carry
from mcp_voice.asks.listen import HeardTurns, listen, listen_for_somebody
from mcp_voice.asks.meanwhile import listed, with_meanwhile
from mcp_voice.asks.registry import Registry
from mcp_voice.asks.returning import ReturningRooms
from mcp_voice.asks.say import Before, say
from mcp_voice.asks.seat import Seat
from mcp_voice.asks.seats import Seats
from mcp_voice.asks.targets import is_somebody_there
from mcp_voice.asks.way_in import WayIn
from mcp_voice.callers.caller import Caller, script
from mcp_voice.capacity import Capacity
from mcp_voice.link import Engine
from mcp_voice.participants import Target
from mcp_voice.progress import Report, reporting, unreported
from mcp_voice.results import Answer, Cancelled, Rooms, Said, Sent
from mcp_voice.settings import Settings
from mcp_voice.tasks import owned_tasks
from mcp_voice.turns.transcript import Line, Transcript

__all__ = ["Voice", "voice_with"]


class Voice(VoiceCalls):
    """A voice that stays: rooms are entered once, and asks outlive their calls while it is open."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        tasks: TaskGroup,
        caller: Caller,
        *,
        page: JoinPage | None = None,
        registry: Registry | None = None,
        capacity: Capacity | None = None,
    ) -> None:
        super().__init__(settings, engine, caller, page=page)
        self._capacity = capacity or Capacity(most=settings.most_rooms)
        self._engine = engine
        self._tasks = tasks
        self._registry = registry or Registry(keep_seconds=settings.keep_seconds)
        self._asks = KeptAsks(self._registry, tasks, ask_seconds=settings.ask_seconds)
        self.seats = Seats(engine, tasks, settings, page=self._page, capacity=self._capacity)
        self.returning = ReturningRooms(engine, self.seats.knows)

    def apart(self, settings: Settings, *, inviter: str, registry: Registry | None = None) -> Voice:
        """Another voice in this process, with rooms, asks and transcripts of its own; neither knows of the other."""
        page = SharedPage(self._page, inviter)
        theirs = partial(Voice, settings, self._engine, self._tasks, self.caller, page=page, registry=registry)
        return theirs(capacity=self._capacity)

    def is_at_rest(self) -> bool:
        """Whether it has no open ask, and is in no room."""
        return not self._registry.has_open and not self.seats.in_use

    def asks_waiting(self) -> Iterable[str]:
        """What each open ask waits for, as one of ``figures.WAITED_FOR``."""
        return self._registry.waiting()

    def return_calls(self) -> None:
        """Have every call that waits, listens or speaks return what there is: this process is about to end."""
        self.seats.ending.come()
        for ask in self._registry:
            ask.let_go()

    async def list_rooms(self, *, report: Report = unreported) -> Rooms:
        """The rooms that may be entered, and who is there."""
        async with reporting(report, self._engine.progress):
            found = await self._engine.rooms()
        rooms = [room for room in found if self._settings.may_enter(room.room_name)]
        rooms, more = listed(rooms, [self._transcript(room.room_name) for room in rooms])
        return Rooms(rooms=rooms, more=more, next=await self._places.next_call(rooms))

    async def ask_in_room(
        self,
        question: str,
        room_name: str = "",
        participant: str = "",
        choices: Sequence[str] = (),
        wait_seconds: float | None = None,
        *,
        open_ended: bool = False,
        report: Report = unreported,
    ) -> Answer:
        """Speak a question and return what a human answers; cancelling hangs up.

        ``open_ended`` is for questions that want a story: pauses of 2 to 3 s between whole sentences do not end it.
        ``wait_seconds`` None waits for as long as the caller can: a script for as long as an ask stays open
        (``MCP_VOICE_ASK_SECONDS``). ``report`` is told of every change (joining, speaking, the words so far). Raises
        VoiceError.
        """
        question = arguments.question(question)
        choices = arguments.choices(choices)
        seconds = self._wait(wait_seconds)
        begun = time.monotonic()
        call_id = self.caller.call_id
        ask = self._registry.repeated(question, Target(participant, room_name), call_id)
        if ask is None:
            room = await self._places.room(room_name, report, limit=seconds)
            target = self._places.target(participant, room)
            # Once more: the same call may have come twice while we looked for the room.
            ask = self._registry.repeated(question, target, call_id)
            if ask is None:
                self.seats.about_to_enter(room.room_name, name=self._visible_name())
                ask = Ask(question, target, choices, call_id, open_ended)
                ask.view.audience = partial(iter, room.participants)
                ask.view.server_awaited = self._engine.starting
                self._asks.open(ask, self._places.waits(room, participant, named=bool(room_name)), self._asking)
        with self._asks.waited_for(ask, hang_up_seconds=self.caller.hang_up_seconds):
            answer = await follow(ask, remaining(seconds, begun), report)
            return with_meanwhile(answer, self._transcript(ask.room_name))

    async def wait_for_reply(
        self, ask_id: str, wait_seconds: float | None = None, *, report: Report = unreported
    ) -> Answer:
        """Wait for the reply to a question that is still open; cancelling only stops waiting."""
        seconds = self._wait(wait_seconds)
        ask = self._registry.get(ask_id)
        ask.calls += 1
        ask.notify()
        answer = await follow(ask, seconds, report)
        return with_meanwhile(answer, self._transcript(ask.room_name))

    async def cancel_ask(self, ask_id: str) -> Cancelled:
        """Withdraw a question; says what had become of it."""
        ask = self._registry.get(ask_id)
        ask.scope.cancel()
        while ask.outcome is None:
            await ask.change.wait()
        answer = ask.answer()
        return with_meanwhile(Cancelled(status=answer.status, next=answer.next), self._transcript(ask.room_name))

    async def say_in_room(
        self, message: str, room_name: str = "", wait_seconds: float | None = None, *, report: Report = unreported
    ) -> Said:
        """Say something without waiting for a reply; cancelling falls silent.

        ``wait_seconds`` is for how long it may wait for the floor. Raises VoiceError, and says who has it.
        """
        said = await self.say(message, room_name, wait_seconds, report=report)
        return with_meanwhile(said, self._transcript(said.room_name))

    async def say(
        self,
        message: str,
        room_name: str,
        wait_seconds: float | None,
        *,
        report: Report = unreported,
        before: Before | None = None,
    ) -> Said:
        """The same, without what was said meanwhile; ``before`` is awaited before it begins to sound."""
        message = arguments.message(message)
        seconds = self._wait(wait_seconds)
        begun = time.monotonic()
        room = await self._places.room(room_name, report, limit=seconds)
        seat = self.seats.about_to_enter(room.room_name, name=self._visible_name())
        until = begun + max(1.0, seconds)
        comes = not is_somebody_there(room)
        return await say(message, seat, self._engine, until=until, somebody_comes=comes, report=report, before=before)

    async def listen_in_room(
        self,
        room_name: str = "",
        participant: str = "",
        wait_seconds: float | None = None,
        *,
        report: Report = unreported,
    ) -> Answer:
        """What was said and not returned yet, else the next turn; cancelling only stops waiting."""
        return (await self.hear(room_name, participant, wait_seconds, report=report)).answer

    async def hear(
        self, room_name: str, participant: str, wait_seconds: float | None, *, report: Report = unreported
    ) -> HeardTurns:
        """The same, with the turns that count as returned by it."""
        seconds = self._wait(wait_seconds)
        room = await self._places.room(room_name, report, limit=seconds)
        target = self._places.target(participant, room)
        seat = self._seat(room.room_name)
        if not seat.transcript.unclaimed:
            self.seats.about_to_enter(room.room_name, name=self._visible_name())
        if is_somebody_there(room):
            return await listen(seat, target=target, wait_seconds=seconds, report=report)
        return await listen_for_somebody(seat, self._engine, target=target, wait_seconds=seconds, report=report)

    async def send_message_to_room(
        self,
        message: str,
        room_name: str = "",
        participants: Sequence[str] = (),
        topic: str = "",
        *,
        as_chat: bool = False,
        report: Report = unreported,
    ) -> Sent:
        """Send a text as data, or as chat, without entering the room to stay."""
        sent = await self.send(message, room_name, participants, topic, as_chat=as_chat, report=report)
        return with_meanwhile(sent, self._transcript(sent.room_name))

    def transcript(self, room_name: str) -> list[Line]:
        """What was said in a room since we first entered it; raises UnknownRoom if we never were there."""
        return list(self.seats.visited(room_name).transcript.lines)

    def entered(self) -> list[str]:
        """The rooms we are in."""
        return self.seats.entered()

    async def read_transcript(self, room_name: str) -> list[Line]:
        """The same as ``transcript``; a voice that shares its asks through a store reads there."""
        return self.transcript(room_name)

    async def rooms_entered(self) -> list[str]:
        """The same as ``entered``."""
        return self.entered()

    def _seat(self, room_name: str) -> Seat:
        return self.seats.seat(room_name, name=self._visible_name())

    def _way_in(self, room_name: str) -> WayIn:
        return self._seat(room_name).way_in

    async def carry(
        self, ask: Ask, *, named: bool, ask_seconds: float, may_look: Callable[[str], bool], looking: anyio.Lock
    ) -> None:
        """Carry out an ask that is kept elsewhere, until it is over: see ``asks.lifetime.carry``."""
        enter = partial(self.seats.about_to_enter, name=self._visible_name())
        carried = partial(carry, ask, self._asking, self._places, enter, named=named, ask_seconds=ask_seconds)
        await carried(may_look=may_look, looking=looking)

    @property
    def _asking(self) -> AskMeans:
        return AskMeans(self._engine, self._tasks, self._seat)

    def _transcript(self, room_name: str) -> Transcript | None:
        seat = self.seats.known(room_name)
        return seat.transcript if seat else None


@asynccontextmanager
async def voice_with(
    settings: Settings, engine: Engine, *, page: JoinPage | None = None, capacity: Capacity | None = None
) -> AsyncIterator[Voice]:
    """A voice around an engine, for a script; leaving the block ends every ask and leaves every room.

    ``page`` is the one by which people are brought in; without it none is served. ``capacity`` is what this machine
    can handle; without it only ``MCP_VOICE_MOST_ROOMS`` is a limit.
    """
    async with owned_tasks() as tasks:
        yield Voice(settings, engine, tasks, script(settings), page=page, capacity=capacity)
        tasks.cancel_scope.cancel()
