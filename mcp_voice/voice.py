"""Everything that can be asked, said and heard: the one object behind tools, command line and library.

Each call is a request in a store, whoever carries it out: this process, another one that has the store, or a worker.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Sequence
from functools import partial

from anyio.abc import TaskGroup

from mcp_voice.asks import arguments
from mcp_voice.asks.calls import VoiceCalls
from mcp_voice.asks.figures import CallFigures
from mcp_voice.asks.join_links import JoinPage, SharedPage
from mcp_voice.asks.returning import ReturningRooms
from mcp_voice.asks.targets import choose_addressees
from mcp_voice.asks.way_in import WayIn
from mcp_voice.bounds.limits import MOST_OPEN
from mcp_voice.bounds.rate_limit import Limit
from mcp_voice.callers.caller import Caller
from mcp_voice.callers.subjects import rooms_of
from mcp_voice.errors import VoiceError
from mcp_voice.link.room_server import RoomServer
from mcp_voice.progress import Report, unreported
from mcp_voice.requests.answers import pending_listening
from mcp_voice.requests.carriers import Carriers
from mcp_voice.requests.errands import Errands
from mcp_voice.requests.following import remaining
from mcp_voice.requests.meanwhile import Meanwhiles
from mcp_voice.requests.rates import CallRates
from mcp_voice.requests.stored_asks import StoredAsks
from mcp_voice.requests.visits import Visits
from mcp_voice.results import Answer, Cancelled, Rooms, Said, Sent
from mcp_voice.settings import Settings
from mcp_voice.store.records import Place, Request
from mcp_voice.store.seam import AskStore
from mcp_voice.turns.transcript import Line

__all__ = ["Voice"]

CHAT_SECONDS = 20.0


class Voice(VoiceCalls):
    """The voice of one subject: asks outlive their calls while their store does."""

    def __init__(
        self,
        settings: Settings,
        server: RoomServer,
        tasks: TaskGroup,
        caller: Caller,
        *,
        store: AskStore,
        carriers: Carriers,
        page: JoinPage | None = None,
        asks: StoredAsks | None = None,
    ) -> None:
        """``asks`` are those of its subject; None: nobody is told apart."""
        super().__init__(settings, server, caller, page=page)
        self._tasks = tasks
        self._store = store
        self.carriers = carriers
        """Who carries out what is asked."""
        self._asks = asks or StoredAsks(store, carriers, tasks)
        self._subject = subject = self._asks.subject
        self._let_go = self._asks.let_go
        self.rates = CallRates(store)
        self._errands = Errands(store, carriers, subject, let_go=self._let_go)
        self._meanwhiles = Meanwhiles(store, carriers)
        self._visits = Visits(store, carriers, server, subject)
        self.returning = ReturningRooms(server, self._visits.knows)

    def apart(
        self, settings: Settings, *, inviter: str, most_open: int = MOST_OPEN, figures: CallFigures | None = None
    ) -> Voice:
        """That of another subject; neither knows of the other. ``most_open`` asks of theirs may be open at once."""
        theirs = Voice(
            settings,
            self._server,
            self._tasks,
            self.caller,
            store=self._store,
            carriers=self.carriers,
            page=SharedPage(self._page, inviter),
            asks=StoredAsks(self._store, self.carriers, self._tasks, inviter, most_open=most_open, figures=figures),
        )
        theirs.rates = self.rates
        return theirs

    def is_at_rest(self) -> bool:
        """Whether none of its asks is open, as far as is known here."""
        return not self._asks.counted.is_any_open

    def asks_waiting(self) -> Iterable[str]:
        """What each open ask of this process waits for, as one of ``figures.WAITED_FOR``, as it was seen last."""
        return self._asks.counted.waiting()

    def return_calls(self) -> None:
        """Have every call that waits, listens or speaks return what there is: this process is about to end."""
        self._let_go.set()
        self.carriers.end(self._subject)

    async def charge(self, limit: Limit) -> float:
        """Count a call, with all processes that share its store; seconds until it may be made, 0: now."""
        return await self.rates.charge(self._subject, limit)

    async def list_rooms(self, *, report: Report = unreported) -> Rooms:
        """The rooms that may be entered, and who is there."""
        rooms, more = await self._visits.rooms(self._settings.may_enter, report)
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
        """Speak a question and return what a human answers; cancelling hangs up, but a process that ends does not.

        ``open_ended`` is for questions that want a story: pauses of 2 to 3 s between whole sentences do not end it.
        ``wait_seconds`` None waits for as long as the caller can: a script for as long as an ask stays open
        (``MCP_VOICE_ASK_SECONDS``). ``report`` is told of every change (joining, speaking, the words so far). Raises
        VoiceError; with ``MCP_VOICE_STORE`` StoreError too.
        """
        question = arguments.question(question)
        choices = arguments.choices(choices)
        seconds = self._wait(wait_seconds)
        begun = time.monotonic()

        def request(room: str, most_open: int) -> Request:
            return Request(
                id=f"ask-{uuid.uuid4().hex[:10]}",
                kind="ask",
                subject=self._subject,
                room_name=room,
                participant=participant,
                text=question,
                choices=tuple(choices),
                open_ended=open_ended,
                call_id=self.caller.call_id,
                asker=self._visible_name(),
                named=bool(room_name),
                rooms=rooms_of(self._settings),
                open_seconds=self._settings.ask_seconds,
                most_open=most_open,
            )

        ask = partial(self._asks.ask, caller=self.caller, report=report, seconds=seconds, begun=begun)
        try:
            place = await self._found(room_name, report, seconds=seconds, participant=participant)
        except VoiceError as error:
            # A host that timed out asks the same thing again, though its room could not be told now: none is opened.
            return await ask(request(room_name, 0), otherwise=error)
        return await ask(request(place.room_name, self._asks.most_open))

    async def wait_for_reply(
        self, ask_id: str, wait_seconds: float | None = None, *, report: Report = unreported
    ) -> Answer:
        """Wait for the reply to a question that is still open, whoever was asked it; cancelling only stops waiting."""
        return await self._asks.wait(ask_id, self._wait(wait_seconds), report)

    async def cancel_ask(self, ask_id: str) -> Cancelled:
        """Withdraw a question; says what had become of it."""
        return await self._asks.cancel(ask_id)

    async def say_in_room(
        self, message: str, room_name: str = "", wait_seconds: float | None = None, *, report: Report = unreported
    ) -> Said:
        """Say something without waiting for a reply; cancelling falls silent.

        ``wait_seconds`` is for how long it may wait for the floor. Raises VoiceError, and says who has it.
        """
        message = arguments.message(message)
        seconds = self._wait(wait_seconds)
        begun = time.monotonic()
        place = await self._found(room_name, report, seconds=seconds)
        said = await self._errands.run(
            Said,
            "say",
            place.room_name,
            seconds=remaining(seconds, begun),
            report=report,
            text=message,
            asker=self._visible_name(),
        )
        if said is None:
            raise self._errands.not_done("Nothing was said", place.room_name)
        return await self._meanwhiles.beside(said, place)

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
        begun = time.monotonic()
        place = await self._found(room_name, report, seconds=seconds, participant=participant)
        heard = await self._errands.run(
            Answer,
            "listen",
            place.room_name,
            seconds=remaining(seconds, begun),
            report=report,
            participant=participant,
            asker=self._visible_name(),
        )
        return heard or pending_listening(self.carriers.told(place, ask_id=""), place.room_name)

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
        """Send a text as data, or as chat."""
        if not as_chat:
            sent = await self.send(message, room_name, participants, topic, report=report)
            return await self._meanwhiles.beside(sent, Place(self._subject, sent.room_name), is_old=True)
        message = arguments.text_to_send(message)
        room = await self._places.room(room_name, report, needs_human=False)
        to, sender = tuple(choose_addressees(participants, room)), self._visible_name()
        place = Place(self._subject, room.room_name)
        found = await self._errands.run(
            Sent, "chat", place.room_name, seconds=CHAT_SECONDS, report=report, text=message, to=to, asker=sender
        )
        if found is None:
            raise self._errands.not_done("Nothing was sent", place.room_name)
        return await self._meanwhiles.beside(found, place)

    def transcript(self, room_name: str) -> list[Line]:
        """What was said in a room that this process is in; ``read_transcript`` knows of the others."""
        return self._visits.transcript_here(room_name)

    def entered(self) -> list[str]:
        """The rooms that this process is in."""
        return self._visits.entered_here()

    async def read_transcript(self, room_name: str) -> list[Line]:
        """What was said in a room, whoever is in it; raises UnknownRoom if nothing is known of it."""
        return await self._visits.transcript(room_name)

    async def rooms_entered(self) -> list[str]:
        """The rooms that somebody is in for us."""
        return await self._visits.entered(self._settings.may_enter)

    async def _found(self, room_name: str, report: Report, *, seconds: float, participant: str = "") -> Place:
        """The room that is meant, which whoever carries out what is asked there need not look up again."""
        if room_name and self._settings.may_enter(room_name):
            self.carriers.refuse_if_full(Place(self._subject, room_name))
        room = await self._places.room(room_name, report, limit=seconds)
        self._places.target(participant, room)
        place = Place(self._subject, room.room_name)
        if not self._server.starting():
            self.carriers.found(place, room, name=self._visible_name())
        return place

    def _way_in(self, room_name: str) -> WayIn:
        return self.carriers.way_in(Place(self._subject, room_name), name=self._visible_name())
