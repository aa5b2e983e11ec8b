"""A LiveKit room we are in: connection, voice, ears and channels put together behind the ``RoomLink`` seam."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream
from livekit import rtc

from mcp_voice.errors import LinkLost, quoted_name
from mcp_voice.link import Event, Floor, Lost, RoomLink
from mcp_voice.link.playout import Speech
from mcp_voice.link.questions import Question
from mcp_voice.participants import Participant
from mcp_voice.room.access import Access
from mcp_voice.room.audience import keep_audience
from mcp_voice.room.captions import Captions
from mcp_voice.room.chat import LONGEST_STREAM
from mcp_voice.room.ear import Hearing
from mcp_voice.room.encryption import Encryption
from mcp_voice.room.events import participant_of, room_events
from mcp_voice.room.floor import Floors, floors
from mcp_voice.room.incoming import Incoming
from mcp_voice.room.joining import RoomService, join_existing
from mcp_voice.room.microphones import Microphones, Recognisers
from mcp_voice.room.room_watch import room_gone
from mcp_voice.room.speaker import SessionPlayout, Speaker, speaker
from mcp_voice.speech.provider_http import provider_http
from mcp_voice.speech.synthesis import Synthesis
from mcp_voice.tasks import owned_tasks

__all__ = ["join"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Link:
    """Satisfies ``RoomLink``."""

    room_name: str
    connect_ms: int
    events: MemoryObjectReceiveStream[Event]
    connection: rtc.Room
    ears: Microphones
    captions: Captions
    speaker: Speaker
    encryption: Encryption
    floors: Floors

    def participants(self) -> Sequence[Participant]:
        return [participant_of(participant) for participant in self.connection.remote_participants.values()]

    def expect(self, choices: Sequence[str]) -> None:
        self.ears.expect(choices)

    def turn_over(self, identity: str) -> None:
        self.ears.turn_over(identity)
        self.captions.turn_over(identity)

    @asynccontextmanager
    async def say(self, speech: Speech) -> AsyncIterator[SessionPlayout]:
        if not isinstance(speech, Synthesis):
            raise TypeError(f"a room speaks what its own engine synthesizes, not a {type(speech).__name__}")
        await self.encryption.check()
        async with self.speaker.say(speech) as playout:
            yield playout

    def questions(self) -> Sequence[Question]:
        return self.floors.questions()

    def hold_floor(self, ask_id: str, *, tell: Callable[[str], None] | None) -> AbstractAsyncContextManager[Floor]:
        self.speaker.begin()
        return self.floors.hold(ask_id, tell=tell)


@asynccontextmanager
async def join(
    service: RoomService,
    access: Access,
    room_name: str,
    *,
    jwt: str,
    hearing: Hearing,
    recognisers: Recognisers,
    captions: bool,
    removed: Callable[[str], None],
) -> AsyncIterator[RoomLink]:
    """Be in a room that exists, as the participant of this token; with ``captions`` it is told what we hear.

    ``removed`` is told who is removed meanwhile, as by ``RoomEvents``.

    Raises UnknownRoom where there is no such room: none is made.
    """
    connection = rtc.Room()
    # Without a limit for all: what each participant may send is limited, so that nobody crowds out another.
    send, receive = anyio.create_memory_object_stream[Event](math.inf)
    incoming = Incoming(send)
    lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    undoing = anyio.Event()

    def emit(event: Event) -> None:
        if isinstance(event, Lost) and undoing.is_set():
            # What we close ourselves, LiveKit tells us of as somebody's decision.
            event = Lost(closed)
        if isinstance(event, Lost) and not lost.done():
            lost.set_exception(event.error)
            lost.exception()  # looked at here, so that nobody has to
        incoming.put(event)
        if captions:
            captioned.heard(event)

    def readable(identity: str) -> bool:
        tasks.start_soon(encryption.tell, identity, emit)
        return encryption.fits(identity)

    async def leave_when_gone(room_id: str) -> None:
        await room_gone(service, connection, room_name=room_name, room_id=room_id, undoing=undoing.set)
        emit(Lost(closed))

    closed = LinkLost(f"The connection to room {quoted_name(room_name)} was lost, and the room was closed.")
    encryption = Encryption(connection, has_key=bool(access.e2ee_key.get_secret_value()))
    encryption.attach()
    captioned = Captions(connection, may_send=encryption.fits_all)
    async with provider_http(), owned_tasks() as tasks:
        ears = Microphones(hearing, recognisers, emit, tasks, readable=readable)
        async with (
            send,
            receive,
            # Before connecting, so that nothing is missed.
            room_events(connection, emit=emit, hearer=ears, tasks=tasks, removed=removed) as heard,
            join_existing(
                service,
                access,
                connection,
                jwt,
                room_name=room_name,
                auto_subscribe=False,
                longest_stream=LONGEST_STREAM,
            ) as entered,
        ):
            heard.subscribe()
            tasks.start_soon(leave_when_gone, entered.room_id)
            tasks.start_soon(incoming.run)
            tasks.start_soon(captioned.run)
            async with (
                encryption.checked(),
                keep_audience(connection),
                speaker(connection, lost) as our_speaker,
                floors(connection) as our_floors,
            ):
                captioned.floor = our_floors
                try:
                    yield _Link(
                        room_name=room_name,
                        connect_ms=entered.connect_ms,
                        connection=connection,
                        events=receive,
                        ears=ears,
                        speaker=our_speaker,
                        encryption=encryption,
                        floors=our_floors,
                        captions=captioned,
                    )
                finally:
                    tasks.cancel_scope.cancel()
