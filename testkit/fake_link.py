"""A room without LiveKit, behind the one seam that there is: the test says what is heard, and sees what is spoken."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream

from mcp_voice.errors import LinkLost, LiveKitError, TTSError, VoiceError
from mcp_voice.link import CallChanged, Event, Joined, Left, Lost
from mcp_voice.link.playout import Speech
from mcp_voice.link.questions import Question
from mcp_voice.participants import Participant
from mcp_voice.results import Invitation, RoomInfo, Sent
from testkit.fake_floor import FakeFloor
from testkit.fake_playout import FakePlayout, FakeSpeech

__all__ = ["ALICE", "BOB", "COMPANION", "FakeEngine", "FakeLink"]

ALICE = Participant("alice", "Alice", "human")
BOB = Participant("bob", "Bob", "phone")
COMPANION = Participant("companion", "Companion", "agent")
EVENTS = 100
T = TypeVar("T")


class FakeLink:
    """A room we are in; satisfies ``link.RoomLink``."""

    def __init__(self, room_name: str, present: Sequence[Participant], *, tts_fault: TTSError | None = None) -> None:
        self.room_name = room_name
        self.connect_ms = 7
        self.present = list(present)
        self.tts_fault = tts_fault
        self.playouts: list[FakePlayout] = []
        self.floors: list[str] = []
        self.holding: list[str] = []
        self.asking: dict[str, str] = {}
        """Whom each open ask was put to, by its id."""
        self.replies: list[tuple[str, str]] = []
        """Of which those who hold were told: whose, and what."""
        self.others: list[Question] = []
        self.foreign_floor = ""
        self.floor_free = anyio.Event()
        self.stuck: anyio.Event | None = None
        self.voice_due: anyio.Event | None = None
        self.expected: tuple[str, ...] = ()
        self.turns_over: list[str] = []
        self._send, self._receive = anyio.create_memory_object_stream[Event](EVENTS)

    @property
    def floor(self) -> str:
        """Which ask (or what else of us) has the floor."""
        return next(iter(self.holding), "")

    @property
    def events(self) -> MemoryObjectReceiveStream[Event]:
        """What the test lets be heard."""
        return self._receive

    def participants(self) -> Sequence[Participant]:
        """Whom the test let be here."""
        return tuple(self.present)

    def questions(self) -> Sequence[Question]:
        """What the test lets other processes ask."""
        return self.others

    def expect(self, choices: Sequence[str]) -> None:
        """Note the choices."""
        self.expected = tuple(choices)

    def turn_over(self, identity: str) -> None:
        """Note whose turn is over."""
        self.turns_over.append(identity)

    @asynccontextmanager
    async def say(self, speech: Speech) -> AsyncIterator[FakePlayout]:
        """Speak until the test ends it."""
        playout = FakePlayout(speech.text, fault=self.tts_fault, due=self.voice_due)
        self.playouts.append(playout)
        try:
            yield playout
        finally:
            playout.stop()

    @asynccontextmanager
    async def hold_floor(self, ask_id: str, *, tell: Callable[[str], None] | None) -> AsyncIterator[FakeFloor]:
        """Note who has the floor; somebody else may have it first."""
        while self.foreign_floor and tell is not None:
            tell(self.foreign_floor)
            await self.floor_free.wait()
        if tell is not None:
            tell("")
        floor = FakeFloor(ask_id, self.asking, self.holding, self.replies)
        if not self.foreign_floor:
            self.floors.append(ask_id)
            self.holding.append(ask_id)
        try:
            yield floor
        finally:
            if self.stuck is not None:
                with anyio.CancelScope(shield=True):
                    await self.stuck.wait()
            floor.end()

    def give_floor_back(self) -> None:
        """The other one is done."""
        self.foreign_floor = ""
        self.floor_free.set()

    def hear(self, *events: Event) -> None:
        """Let this be heard."""
        for event in events:
            self._send.send_nowait(event)

    def joins(self, participant: Participant) -> None:
        """Let somebody come in."""
        self.present.append(participant)
        self.hear(Joined(participant))

    def calls(self, participant: Participant) -> None:
        """Let the call of a phone be where it is now."""
        self.present = [participant if each.identity == participant.identity else each for each in self.present]
        self.hear(CallChanged(participant, time.monotonic()))

    def leaves(self, participant: Participant, *, broke: bool = False) -> None:
        """Let somebody go away, perhaps since their connection ``broke``."""
        self.present = [each for each in self.present if each.identity != participant.identity]
        self.hear(Left(participant, broke=broke))

    def lose(self, why: LinkLost | None = None) -> None:
        """Lose the connection: whatever is being said breaks off."""
        error = why or LinkLost("The connection went.")
        for playout in self.playouts:
            if playout.ended_at is None:
                playout.break_off(error)
        self.hear(Lost(error))

    def close(self) -> None:
        """Nothing more will be heard."""
        self._send.close()
        self._receive.close()


@dataclass(eq=False)
class FakeEngine:
    """All rooms of a server; satisfies ``link.Engine``."""

    people: dict[str, list[Participant]] = field(default_factory=lambda: {"kitchen": [ALICE]})
    connect_faults: list[VoiceError] = field(default_factory=list)
    """Raised by the next attempts to connect, in turn."""
    tts_fault: TTSError | None = None
    foreign_floor: str = ""
    """Who else has the floor of every room when we come in."""
    stuck: anyio.Event | None = None
    """If there is one, giving the floor back waits for it, whatever is cancelled."""
    voice_due: anyio.Event | None = None
    """If there is one, no sentence begins to sound before it."""
    gate: anyio.Event | None = None
    """If there is one, connecting waits for it."""
    url: str = "ws://localhost"
    unreachable: VoiceError | None = None
    """If there is one, neither rooms nor tokens can be had."""
    awaited: str = ""
    """If it is not empty, what is done until the server is there: it has no rooms yet."""
    broken: VoiceError | None = None
    """If there is one, why the server will not be there at all."""
    log: list[str] = field(default_factory=list)
    removals: dict[tuple[str, str], float] = field(default_factory=dict)
    """When somebody was removed, by room and identity."""
    links: list[FakeLink] = field(default_factory=list)
    open: set[str] = field(default_factory=set)

    @asynccontextmanager
    async def connect(self, room_name: str, *, name: str) -> AsyncIterator[FakeLink]:
        """Be in a room."""
        self.log.append(f"connect {room_name} as {name}")
        if self.gate is not None:
            await self.gate.wait()
        if self.connect_faults:
            raise self.connect_faults.pop(0)
        link = FakeLink(room_name, self.people[room_name], tts_fault=self.tts_fault)
        link.foreign_floor = self.foreign_floor
        link.stuck = self.stuck
        link.voice_due = self.voice_due
        self.links.append(link)
        self.open.add(room_name)
        try:
            yield link
        finally:
            self.open.discard(room_name)
            self.log.append(f"leave {room_name}")
            link.close()

    @asynccontextmanager
    async def synthesis(self, text: str) -> AsyncIterator[FakeSpeech]:
        """Note that synthesis began."""
        self.log.append(f"synthesize {text}")
        yield FakeSpeech(text)

    def progress(self) -> str:
        """Nothing is waited for."""
        return ""

    def starting(self) -> str:
        """What the test says is done until the server is there."""
        return self.awaited

    def _check_started(self) -> None:
        if self.broken is not None:
            raise self.broken
        if self.awaited:
            raise LiveKitError(f"The server is not ready yet: {self.awaited}.", code="server-starting")

    def removed(self, room_name: str, identity: str, *, since: float) -> bool:
        """As the test says."""
        return self.removals.get((room_name, identity), -1.0) >= since

    async def rooms(self, only: str = "") -> Sequence[RoomInfo]:
        """Everybody in every room."""
        self._check_started()
        if self.unreachable is not None:
            raise self.unreachable
        return [
            RoomInfo(
                room_name=room_name,
                participants=list(here),
                active=any(each.is_there for each in here),
            )
            for room_name, here in self.people.items()
            if only in ("", room_name)
        ]

    async def make_room(self, room_name: str, *, empty_seconds: float) -> None:
        """Make a room without anybody."""
        self._check_started()
        if room_name not in self.people:
            self.log.append(f"make {room_name}")
            self.people[room_name] = []

    async def invite(self, room_name: str, *, identity: str, name: str) -> Invitation:
        """An invitation that opens nothing."""
        return await self.admit(room_name, identity=identity, name=name)

    async def address(self) -> str:
        """The one that the test set."""
        self._check_started()
        if self.unreachable is not None:
            raise self.unreachable
        return self.url

    async def admit(
        self, room_name: str, *, identity: str, name: str, seconds: float = 600.0, may_send: bool = True
    ) -> Invitation:
        """The same for exactly that identity, unless there is no server."""
        if self.unreachable is not None:
            raise self.unreachable
        self.log.append(f"admit {identity} to {room_name} for {seconds:.0f} s{'' if may_send else ', silently'}")
        jwt = f"{identity} {name}"
        return Invitation(url=self.url, room_name=room_name, identity=identity, token=jwt, valid_seconds=round(seconds))

    async def send(
        self, room_name: str, message: str, *, to: Sequence[str], topic: str, as_chat: bool, sender: str
    ) -> Sent:
        """Note the message."""
        self.log.append(f"send {message}")
        return Sent(sent_to=list(to), room_name=room_name)
