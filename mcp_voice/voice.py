"""A voice whose calls go through a store: any process that has it serves any of them, whoever carries them out."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Sequence

from anyio.abc import TaskGroup

from mcp_voice.asks import arguments
from mcp_voice.asks.calls import VoiceCalls
from mcp_voice.asks.join_links import JoinPage, SharedPage
from mcp_voice.asks.registry import Registry
from mcp_voice.asks.returning import ReturningRooms
from mcp_voice.asks.targets import choose_addressees
from mcp_voice.asks.way_in import WayIn
from mcp_voice.bounds.rate_limit import Limit
from mcp_voice.callers.caller import Caller
from mcp_voice.callers.subjects import rooms_of
from mcp_voice.link.room_server import RoomServer
from mcp_voice.progress import Report, unreported
from mcp_voice.requests.answers import pending_listening
from mcp_voice.requests.carriers import Carriers
from mcp_voice.requests.errands import Errands
from mcp_voice.requests.meanwhile import Meanwhiles
from mcp_voice.requests.rates import CallRates
from mcp_voice.requests.stored_asks import StoredAsks
from mcp_voice.requests.visits import Visits
from mcp_voice.requests.ways_in import WaysIn
from mcp_voice.results import Answer, Cancelled, Rooms, Said, Sent
from mcp_voice.settings import Settings
from mcp_voice.store.records import Place, Request
from mcp_voice.store.seam import AskStore
from mcp_voice.turns.transcript import Line

__all__ = ["SharedVoice"]

CHAT_SECONDS = 20.0


class SharedVoice(VoiceCalls):
    """The voice of one subject; the same methods as ``voice.Voice``."""

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
        self._carriers = carriers
        self._asks = asks or StoredAsks(store, carriers, tasks)
        self._subject = subject = self._asks.subject
        self._let_go = self._asks.let_go
        self.rates = CallRates(store)
        self._ways = WaysIn(self._page)
        self._errands = Errands(store, carriers, subject, let_go=self._let_go)
        self._meanwhiles = Meanwhiles(store, carriers)
        self._visits = Visits(store, carriers, server, subject)
        self.returning = ReturningRooms(server, self._visits.knows)

    def apart(self, settings: Settings, *, inviter: str, registry: Registry | None = None) -> SharedVoice:
        """That of another subject; neither knows of the other. The limit is ``registry``'s, and its figures count."""
        theirs = SharedVoice(
            settings,
            self._server,
            self._tasks,
            self.caller,
            store=self._store,
            carriers=self._carriers,
            page=SharedPage(self._page, inviter),
            asks=StoredAsks(self._store, self._carriers, self._tasks, inviter, registry=registry),
        )
        theirs.rates = self.rates
        return theirs

    def is_at_rest(self) -> bool:
        """Always: what it was asked is in the store."""
        return True

    def asks_waiting(self) -> Iterable[str]:
        """What each open ask of this process waits for, as one of ``figures.WAITED_FOR``, as it was seen last."""
        return self._asks.counted.waiting()

    def return_calls(self) -> None:
        """Have every call that waits for a reply return what there is: this process is about to end."""
        self._let_go.set()

    async def charge(self, limit: Limit) -> float:
        """Count a call; see ``AnyVoice``."""
        return await self.rates.charge(self._subject, limit)

    async def list_rooms(self, *, report: Report = unreported) -> Rooms:
        """See ``Voice.list_rooms``."""
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
        """See ``Voice.ask_in_room``; a process that ends hangs up nothing. Raises StoreError too."""
        question = arguments.question(question)
        choices = arguments.choices(choices)
        seconds = self._wait(wait_seconds)
        begun = time.monotonic()
        room = await self._places.room(room_name, report, limit=seconds)
        self._places.target(participant, room)
        request = Request(
            id=f"ask-{uuid.uuid4().hex[:10]}",
            kind="ask",
            subject=self._subject,
            room_name=room.room_name,
            participant=participant,
            text=question,
            choices=tuple(choices),
            open_ended=open_ended,
            call_id=self.caller.call_id,
            asker=self._visible_name(),
            named=bool(room_name),
            rooms=rooms_of(self._settings),
            open_seconds=self._settings.ask_seconds,
            most_open=self._asks.most_open,
        )
        return await self._asks.ask(request, self.caller, report, seconds=seconds, begun=begun)

    async def wait_for_reply(
        self, ask_id: str, wait_seconds: float | None = None, *, report: Report = unreported
    ) -> Answer:
        """See ``Voice.wait_for_reply``: also to a question that another process was asked."""
        return await self._asks.wait(ask_id, self._wait(wait_seconds), report)

    async def cancel_ask(self, ask_id: str) -> Cancelled:
        """See ``Voice.cancel_ask``."""
        return await self._asks.cancel(ask_id)

    async def say_in_room(
        self, message: str, room_name: str = "", wait_seconds: float | None = None, *, report: Report = unreported
    ) -> Said:
        """See ``Voice.say_in_room``."""
        message = arguments.message(message)
        seconds = self._wait(wait_seconds)
        room = (await self._places.room(room_name, report, limit=seconds)).room_name
        said = await self._errands.run(
            Said, "say", room, seconds=seconds, report=report, text=message, asker=self._visible_name()
        )
        if said is None:
            raise self._errands.not_done("Nothing was said", room)
        return await self._meanwhiles.beside(said, Place(self._subject, room))

    async def listen_in_room(
        self,
        room_name: str = "",
        participant: str = "",
        wait_seconds: float | None = None,
        *,
        report: Report = unreported,
    ) -> Answer:
        """See ``Voice.listen_in_room``."""
        seconds = self._wait(wait_seconds)
        room = await self._places.room(room_name, report, limit=seconds)
        self._places.target(participant, room)
        heard = await self._errands.run(
            Answer,
            "listen",
            room.room_name,
            seconds=seconds,
            report=report,
            participant=participant,
            asker=self._visible_name(),
        )
        return heard or pending_listening(self._carriers.told(Place(self._subject, room.room_name), ask_id=""), room)

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
        """See ``Voice.send_message_to_room``."""
        if not as_chat:
            sent = await self.send(message, room_name, participants, topic, report=report)
            return await self._meanwhiles.beside(sent, Place(self._subject, sent.room_name), is_old=True)
        message = arguments.message(message, limit=None)
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

    def _way_in(self, room_name: str) -> WayIn:
        return self._ways.of(room_name, asker=self._visible_name())
