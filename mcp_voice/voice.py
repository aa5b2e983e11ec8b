"""Everything that can be asked, said and heard: the one object behind tools, command line and library."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import replace
from functools import partial

import anyio
from anyio.abc import TaskGroup

from mcp_voice.asks import arguments as checks
from mcp_voice.asks.ask import Ask
from mcp_voice.asks.awaiting import Waits
from mcp_voice.asks.deadlines import own
from mcp_voice.asks.follow import follow, hang_up, remaining
from mcp_voice.asks.inviting import invite_to_room
from mcp_voice.asks.listen import listen, listen_for_somebody
from mcp_voice.asks.meanwhile import listed, with_meanwhile
from mcp_voice.asks.places import Places
from mcp_voice.asks.registry import Registry
from mcp_voice.asks.run import converse
from mcp_voice.asks.say import say
from mcp_voice.asks.seats import Links, Seat
from mcp_voice.asks.targets import check_room, choose_addressees, is_somebody_there
from mcp_voice.callers import Caller, script
from mcp_voice.capacity import Capacity
from mcp_voice.join_links import JoinPage, NoPage, SharedPage
from mcp_voice.link import Engine
from mcp_voice.participants import Participant, Target
from mcp_voice.progress import Report, reporting, unreported
from mcp_voice.results import Answer, Cancelled, Invitation, Invited, Rooms, Said, Sent
from mcp_voice.settings import Settings
from mcp_voice.tasks import owned_tasks
from mcp_voice.turns.transcript import Line, Transcript

__all__ = ["Voice", "voice_with"]

DEFAULT_NAME = "mcp-voice"


class Voice:
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
        self._capacity = capacity or Capacity(most=settings.most_rooms)
        self._settings = settings
        self._page = page or NoPage()
        self._engine = engine
        self._tasks = tasks
        self.caller = caller
        self._registry = registry or Registry(keep_seconds=settings.keep_seconds)
        self.links = Links(engine, tasks, settings, page=self._page, capacity=self._capacity)
        self._places = Places(settings, engine, self._seat)

    def called_by(self, caller: Caller) -> Voice:
        """The same voice, with the same rooms and asks, for calls of this caller."""
        theirs = copy(self)
        theirs.caller = caller
        return theirs

    def apart(self, settings: Settings, *, inviter: str, registry: Registry) -> Voice:
        """Another voice in this process, with rooms, asks and transcripts of its own; neither knows of the other."""
        page = SharedPage(self._page, inviter)
        bears = self._capacity
        return Voice(settings, self._engine, self._tasks, self.caller, page=page, registry=registry, capacity=bears)

    def return_calls(self) -> None:
        """Have every call that waits for a reply return what there is: this process is about to end."""
        for ask in self._registry:
            ask.let_go()

    async def list_rooms(self, *, report: Report = unreported) -> Rooms:
        """The rooms that may be entered, and who is there."""
        async with reporting(report, self._engine.progress):
            found = await self._engine.rooms()
        rooms = [room for room in found if self._settings.may_enter(room.room_name)]
        rooms, more = listed(rooms, [self._transcript(room.room_name) for room in rooms])
        return Rooms(rooms=rooms, more=more, next=await self._places.next_call(rooms))

    async def people(self, room_name: str) -> list[Participant]:
        """Everybody in one room, ourselves and others' agents too; a room that does not exist is empty."""
        return [each for room in await self._engine.rooms(room_name) for each in room.participants]

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
        question = checks.question(question)
        choices = checks.choices(choices)
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
                self.links.about_to_enter(room.room_name, name=self._visible_name())
                ask = Ask(question, target, choices, call_id, open_ended)
                ask.audience = partial(iter, room.participants)
                ask.server_awaited = self._engine.starting
                self._open(ask, self._places.waits(room, participant, named=bool(room_name)))
        ask.callers += 1
        ask.calls += 1
        ask.notify()
        try:
            answer = await follow(ask, remaining(seconds, begun), report)
            return with_meanwhile(answer, self._transcript(ask.room_name))
        except anyio.get_cancelled_exc_class():
            if ask.callers == 1:
                if self.caller.hang_up_seconds:
                    self._tasks.start_soon(hang_up, ask, self.caller.hang_up_seconds)
                else:
                    ask.scope.cancel()
            raise
        finally:
            ask.callers -= 1
            ask.notify()

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
        message = checks.message(message)
        seconds = self._wait(wait_seconds)
        begun = time.monotonic()
        room = await self._places.room(room_name, report, limit=seconds)
        seat = self.links.about_to_enter(room.room_name, name=self._visible_name())
        until = begun + max(1.0, seconds)
        comes = not is_somebody_there(room)
        said = await say(message, seat, self._engine, until=until, somebody_comes=comes, report=report)
        return with_meanwhile(said, seat.transcript)

    async def listen_in_room(
        self,
        room_name: str = "",
        participant: str = "",
        wait_seconds: float | None = None,
        *,
        report: Report = unreported,
    ) -> Answer:
        """What was said and not returned yet, else the next turn; cancelling only stops waiting."""
        seconds = self._wait(wait_seconds)
        room = await self._places.room(room_name, report, limit=seconds)
        target = self._places.target(participant, room)
        seat = self._seat(room.room_name)
        if not seat.transcript.unclaimed:
            self.links.about_to_enter(room.room_name, name=self._visible_name())
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
    ) -> Sent:
        """Send a text as data, or as chat, without entering the room to stay."""
        message = checks.message(message, limit=None)
        room = await self._places.room(room_name, needs_human=False)
        to = choose_addressees(participants, room)
        sender = self._visible_name()
        sent = await self._engine.send(room.room_name, message, to=to, topic=topic, as_chat=as_chat, sender=sender)
        return with_meanwhile(sent, self._transcript(room.room_name))

    async def invite(self, room_name: str, identity: str, name: str = "") -> Invitation:
        """An address and a token with which one person can enter a room; the token is a secret."""
        checks.new_name(room_name, "room name")
        check_room(room_name, self._settings.may_enter)
        checks.new_name(identity, "identity")
        return await self._engine.invite(room_name, identity=identity, name=name or identity)

    async def invite_to_room(self, room_name: str = "", name: str = "", *, autojoin: bool = False) -> Invited:
        """A link, a secret, by which one person joins a room in a browser; without a room ``MCP_VOICE_ROOM``.

        ``name`` is theirs, as the page suggests it; with ``autojoin`` it joins by itself.
        Raises BadInput, RoomForbidden, and PageError.
        """
        asker, page = self._visible_name(), self._page
        return await invite_to_room(
            page, self._settings, room_name=room_name, name=name, asker=asker, autojoin=autojoin
        )

    def transcript(self, room_name: str) -> list[Line]:
        """What was said in a room since we first entered it; raises UnknownRoom if we never were there."""
        return list(self.links.visited(room_name).transcript.lines)

    def entered(self) -> list[str]:
        """The rooms we are in."""
        return self.links.entered()

    def _wait(self, wait_seconds: float | None) -> float:
        return checks.wait_seconds(self.caller.waiting(checks.wanted_seconds(wait_seconds)))

    def _visible_name(self) -> str:
        """The name under which we are seen: the one that is set, else the caller's."""
        return self._settings.name or self.caller.name or DEFAULT_NAME

    def _seat(self, room_name: str) -> Seat:
        return self.links.seat(room_name, name=self._visible_name())

    def _open(self, ask: Ask, waits: Waits | None) -> None:
        self._registry.add(ask)
        self._tasks.start_soon(self._run, ask, waits)

    async def _run(self, ask: Ask, waits: Waits | None) -> None:
        ask_seconds = self._settings.ask_seconds

        def seat() -> Seat:
            found = self._seat(ask.room_name)
            ask.way_in = found.way_in
            return found

        def move(room_name: str) -> None:
            self._registry.move(ask, replace(ask.target, room_name=room_name))

        async def work(seat: Seat) -> None:
            await converse(ask, seat, self._engine, ask_seconds=ask_seconds, waits=waits)

        try:
            await own(ask, self._tasks, work, seat=seat, move=move, ask_seconds=ask_seconds)
        finally:
            self._registry.close(ask)

    def _transcript(self, room_name: str) -> Transcript | None:
        seat = self.links.known(room_name)
        return seat.transcript if seat else None


@asynccontextmanager
async def voice_with(
    settings: Settings, engine: Engine, *, page: JoinPage | None = None, capacity: Capacity | None = None
) -> AsyncIterator[Voice]:
    """A voice around an engine, for a script; leaving the block ends every ask and leaves every room.

    ``page`` is the one by which people are brought in; without it none is served. ``capacity`` is what this machine
    bears; without it only ``MCP_VOICE_MOST_ROOMS`` is a limit.
    """
    async with owned_tasks() as tasks:
        yield Voice(settings, engine, tasks, script(settings), page=page, capacity=capacity)
        tasks.cancel_scope.cancel()
