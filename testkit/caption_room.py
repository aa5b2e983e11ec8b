"""A room that captions are sent to, without LiveKit."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import anyio
from livekit import rtc

from mcp_voice.link import Words
from mcp_voice.room.captions import Captions
from mcp_voice.tasks import owned_tasks

AGENT, HUMAN = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT, rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD
__all__ = ["AGENT", "HUMAN", "SESSION", "Floor", "Room", "captioning", "says"]

SESSION = {"lk.agent.state": "listening"}


@dataclass
class Room:
    """A connection that sends nothing, and keeps what it was to send."""

    sent: list[SimpleNamespace] = field(default_factory=list)
    remote_participants: dict[str, Any] = field(default_factory=dict)
    stuck: anyio.Event | None = None
    fault: Exception | None = None

    def __post_init__(self) -> None:
        self.local_participant = SimpleNamespace(identity="mcp-voice-b", sid="PA_1", stream_text=self.stream_text)
        self.enters("alice", HUMAN, tracks=[("TR_1", rtc.TrackSource.SOURCE_MICROPHONE)])

    def enters(
        self,
        identity: str,
        kind: int,
        attributes: dict[str, str] | None = None,
        *,
        tracks: Sequence[tuple[str, int]] = (),
    ) -> None:
        """Somebody is there, with these sounds."""
        publications = {
            sid: SimpleNamespace(sid=sid, source=source, kind=rtc.TrackKind.KIND_AUDIO) for sid, source in tracks
        }
        self.remote_participants[identity] = SimpleNamespace(
            identity=identity, kind=kind, attributes=attributes or {}, track_publications=publications
        )

    def isconnected(self) -> bool:
        """It is."""
        return True

    async def stream_text(self, **stream: Any) -> SimpleNamespace:
        """Open a stream."""
        if self.fault is not None:
            raise self.fault
        if self.stuck is not None:
            await self.stuck.wait()
        opened = SimpleNamespace(**stream, text="", closed=False)
        self.sent.append(opened)

        async def write(text: str) -> None:
            opened.text += text

        async def aclose() -> None:
            opened.closed = True

        return SimpleNamespace(write=write, aclose=aclose)

    def texts(self, identity: str = "alice") -> list[tuple[str, str]]:
        """What was sent of one person, each with whether it was the last of its segment."""
        return [
            (each.text, each.attributes["lk.transcription_final"])
            for each in self.sent
            if each.closed and each.sender_identity == identity
        ]


@dataclass
class Floor:
    """Whether we ask, and who holds then."""

    asks: bool = False
    known: tuple[str, ...] = ()

    def holds(self, identity: str) -> bool:
        """Whether that agent hears nobody."""
        return self.asks and identity in self.known


@asynccontextmanager
async def captioning(
    room: Room, *, may_send: Callable[[], bool] = lambda: True, floor: Floor | None = None
) -> AsyncIterator[Captions]:
    """Captions of a room, that are being sent."""
    captions = Captions(room, may_send=may_send)  # type: ignore[arg-type]
    captions.floor = floor or Floor()
    async with owned_tasks() as tasks:
        tasks.start_soon(captions.run)
        yield captions
        tasks.cancel_scope.cancel()


def says(
    captions: Captions, text: str, *, final: bool = False, identity: str = "alice", doubtful: bool = False
) -> None:
    """Words come out of the recogniser."""
    captions.heard(Words(identity, text, final=final, at=time.monotonic(), doubtful=doubtful))
