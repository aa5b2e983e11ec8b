"""A LiveKit room we are in: connection, voice, ears and channels put together behind the ``RoomLink`` seam."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
from anyio.abc import TaskGroup
from anyio.streams.memory import MemoryObjectReceiveStream
from livekit import rtc
from livekit.agents import stt

from mcp_voice.channels import channels, occupant
from mcp_voice.connection import Access, connect, token
from mcp_voice.ears import Ear, Hearing
from mcp_voice.encryption import Encryption
from mcp_voice.errors import LinkLost, SpeechError
from mcp_voice.floor import OUR_PREFIX, Floor, floor, keep_audience
from mcp_voice.floor_others import OtherFloors, other_floors
from mcp_voice.link import Event, Lost, Occupant, RoomLink, Trouble
from mcp_voice.owned import owned_tasks
from mcp_voice.speech.provider_http import provider_http
from mcp_voice.speech.synthesis import Synthesis
from mcp_voice.voice import Spoken, Voice, voice

__all__ = ["Recognisers", "join"]

log = logging.getLogger(__name__)

EVENTS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Recognisers:
    """How to make a recogniser, how to tell it which answers are expected, and what its failures mean."""

    make: Callable[[], stt.STT[Any]]
    expect: Callable[[stt.STT[Any], Sequence[str]], None]
    fault: Callable[[BaseException], SpeechError]


class _Ears:
    """The ears of one room: one per human microphone, each with a recogniser of its own."""

    def __init__(
        self, hearing: Hearing, recognisers: Recognisers, emit: Callable[[Event], None], tasks: TaskGroup
    ) -> None:
        self._hearing = hearing
        self._recognisers = recognisers
        self._emit = emit
        self._tasks = tasks
        self._choices: Sequence[str] = ()
        self._listening: dict[str, tuple[Ear, stt.STT[Any]]] = {}

    def hear(self, identity: str, track: rtc.Track) -> None:
        """Begin to hear a microphone; the one heard before under that identity is let go."""
        self.deafen(identity)
        engine = self._recognisers.make()
        self._recognisers.expect(engine, self._choices)
        ear = Ear(identity, engine, self._hearing, self._emit, self._recognisers.fault)
        self._listening[identity] = (ear, engine)
        self._tasks.start_soon(self._run, identity, track, engine, ear)

    def deafen(self, identity: str) -> None:
        """Stop hearing a microphone, once what was said into it is heard out."""
        if listening := self._listening.pop(identity, None):
            listening[0].hang_up()

    def expect(self, choices: Sequence[str]) -> None:
        """Tell every recogniser, and those to come, which answers are expected."""
        self._choices = tuple(choices)
        for _, engine in self._listening.values():
            self._recognisers.expect(engine, self._choices)

    def turn_over(self, identity: str) -> None:
        """What is said there from now on is read apart."""
        if listening := self._listening.get(identity):
            listening[0].turn_over()

    async def _run(self, identity: str, track: rtc.Track, engine: stt.STT[Any], ear: Ear) -> None:
        try:
            await ear.run(track)
        except Exception as error:
            # One deaf ear must not take the room down.
            log.exception("an ear failed")
            self._emit(Trouble(identity, self._recognisers.fault(error)))
        finally:
            with anyio.move_on_after(2, shield=True):
                await engine.aclose()


class _Link:
    """Satisfies ``RoomLink``."""

    def __init__(
        self,
        *,
        room_name: str,
        connect_ms: int,
        connection: rtc.Room,
        events: MemoryObjectReceiveStream[Event],
        ears: _Ears,
        voice: Voice,
        encryption: Encryption,
        others: OtherFloors,
    ) -> None:
        self.room_name = room_name
        self.connect_ms = connect_ms
        self.events = events
        self._connection = connection
        self._ears = ears
        self._voice = voice
        self._encryption = encryption
        self._others = others

    def occupants(self) -> Sequence[Occupant]:
        return [occupant(participant) for participant in self._connection.remote_participants.values()]

    def expect(self, choices: Sequence[str]) -> None:
        self._ears.expect(choices)

    def turn_over(self, identity: str) -> None:
        self._ears.turn_over(identity)

    @asynccontextmanager
    async def say(self, speech: Synthesis) -> AsyncIterator[Spoken]:
        await self._encryption.check()
        async with self._voice.say(speech) as playout:
            yield playout

    def hold_floor(self, ask_id: str, *, tell: Callable[[str], None]) -> AbstractAsyncContextManager[Floor]:
        return floor(self._connection, ask_id, others=self._others, tell=tell)


@asynccontextmanager
async def join(
    access: Access, room_name: str, *, name: str, hearing: Hearing, recognisers: Recognisers
) -> AsyncIterator[RoomLink]:
    """Be in a room; the identity is new each time, so nobody is thrown out by us, nor we by another process."""
    connection = rtc.Room()
    send, receive = anyio.create_memory_object_stream[Event](EVENTS_KEPT)
    lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def emit(event: Event) -> None:
        if isinstance(event, Lost) and not lost.done():
            lost.set_exception(LinkLost(str(event.error)))
            lost.exception()  # looked at here, so that nobody has to
        try:
            send.send_nowait(event)
        except (anyio.WouldBlock, anyio.ClosedResourceError, anyio.BrokenResourceError):
            return

    def hear(identity: str, track: rtc.Track) -> None:
        if encryption.fits:
            ears.hear(identity, track)
        tasks.start_soon(encryption.tell, identity, emit)

    encryption = Encryption(connection, has_key=bool(access.e2ee_key.get_secret_value()))
    encryption.attach()
    identity = f"{OUR_PREFIX}{uuid.uuid4().hex[:8]}"
    jwt = token(access, room_name=room_name, identity=identity, name=name)
    async with provider_http(), owned_tasks() as tasks:
        ears = _Ears(hearing, recognisers, emit, tasks)
        async with (
            send,
            receive,
            # Before connecting, so that nothing is missed: tracks are subscribed to while we connect.
            channels(connection, emit=emit, hear=hear, deafen=ears.deafen, tasks=tasks),
            connect(access, connection, jwt) as connect_ms,
            encryption.checked(),
            keep_audience(connection),
            voice(connection, lost) as our_voice,
            other_floors(connection) as others,
        ):
            try:
                yield _Link(
                    room_name=room_name,
                    connect_ms=connect_ms,
                    connection=connection,
                    events=receive,
                    ears=ears,
                    voice=our_voice,
                    encryption=encryption,
                    others=others,
                )
            finally:
                tasks.cancel_scope.cancel()
