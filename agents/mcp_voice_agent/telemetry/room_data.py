"""What the room is told of us as data: our state, and what was finally transcribed.

Reliable packets of UTF-8 JSON on the topics ``agent.state``, ``transcript.user`` and ``transcript.agent``, for a page
that draws them. LiveKit's own attribute ``lk.agent.state`` and streams ``lk.transcription`` are there beside them.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from livekit import rtc
from livekit.agents import (
    AgentSession,
    AgentStateChangedEvent,
    ConversationItemAddedEvent,
    ErrorEvent,
    UserInputTranscribedEvent,
    UserStateChangedEvent,
    llm,
)
from livekit.agents.voice.events import AgentState
from livekit.rtc.participant import PublishDataError

from mcp_voice.link.packets import LARGEST_PACKET
from mcp_voice.room.livekit_events import handling
from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.models.faults import FailingPart, failing_part

__all__ = ["AGENT_TOPIC", "STATE_TOPIC", "USER_TOPIC", "packets", "room_data"]

log = logging.getLogger(__name__)

STATE_TOPIC = "agent.state"
USER_TOPIC = "transcript.user"
AGENT_TOPIC = "transcript.agent"
KEPT = 100
SEND_SECONDS = 5.0
CLOSE_SECONDS = 1.0

ShownState = Literal["listening", "thinking", "speaking", "idle"]
STATES: dict[AgentState, ShownState] = {
    "initializing": "idle",
    "idle": "idle",
    "listening": "listening",
    "thinking": "thinking",
    "speaking": "speaking",
}


@dataclass(frozen=True, slots=True)
class _Look:
    """Our state may have changed; ``newcomer``: somebody is there who has not heard of it."""

    agent_state: AgentState
    at: float
    failing: frozenset[FailingPart]
    newcomer: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    """Something was said and transcribed."""

    topic: str
    message: dict[str, Any]


class _Desk:
    """LiveKit's events in, packets out; what comes in while a hundred wait is dropped."""

    def __init__(
        self, session: AgentSession[Any], connection: rtc.Room, incoming: MemoryObjectSendStream[_Look | _Said]
    ) -> None:
        self._session = session
        self._connection = connection
        self._incoming = incoming
        self._told: ShownState | None = None
        self._failing = set[FailingPart]()
        self._told_failing = frozenset[FailingPart]()

    def on_agent_state(self, event: AgentStateChangedEvent) -> None:
        self._look(event.new_state, event.created_at)

    def on_user_state(self, event: UserStateChangedEvent) -> None:
        self._look(self._session.agent_state, event.created_at)

    def on_arrival(self, _: rtc.RemoteParticipant) -> None:
        self._look(self._session.agent_state, time.time(), newcomer=True)

    def on_departure(self, _: rtc.RemoteParticipant) -> None:
        self._look(self._session.agent_state, time.time())

    def on_transcript(self, event: UserInputTranscribedEvent) -> None:
        human = self._linked()
        if event.is_final and event.transcript:
            self._works("stt")
            message = {"type": "transcript", "role": "user", "text": event.transcript}
            whose = {"identity": human.identity if human else "", "timestamp": event.created_at}
            self._put(_Said(USER_TOPIC, message | whose))

    def on_item(self, event: ConversationItemAddedEvent) -> None:
        item = event.item
        if isinstance(item, llm.ChatMessage) and item.role == "assistant" and item.text_content:
            self._works("llm", "tts")
            message = {"type": "transcript", "role": "agent", "text": item.text_content}
            whose = {"identity": self._connection.local_participant.identity, "timestamp": event.created_at}
            self._put(_Said(AGENT_TOPIC, message | whose | {"interrupted": item.interrupted}))

    def on_error(self, event: ErrorEvent) -> None:
        part = failing_part(event)
        if part is not None:
            self._failing.add(part)
            self._look(self._session.agent_state, event.created_at)

    def _works(self, *parts: FailingPart) -> None:
        if not self._failing.isdisjoint(parts):
            self._failing.difference_update(parts)
            self._look(self._session.agent_state, time.time())

    def _look(self, state: AgentState, at: float, *, newcomer: bool = False) -> None:
        self._put(_Look(state, at, frozenset(self._failing), newcomer))

    def _put(self, item: _Look | _Said) -> None:
        try:
            self._incoming.send_nowait(item)
        except (anyio.WouldBlock, anyio.BrokenResourceError):
            log.debug("data for the room dropped: too much of it is waiting")

    def _linked(self) -> rtc.RemoteParticipant | None:
        try:
            return self._session.room_io.linked_participant
        except RuntimeError:  # The session is not in the room yet.
            return None

    def _state(self, agent_state: AgentState) -> ShownState:
        """Ours, for LiveKit's: idle also while nobody is linked, and once the human has been silent for long."""
        away = agent_state == "listening" and self._session.user_state == "away"
        return "idle" if away or self._linked() is None else STATES[agent_state]

    async def deliver(self, outgoing: MemoryObjectReceiveStream[_Look | _Said]) -> None:
        """Send what comes in, in its order, until no more can come."""
        async for item in outgoing:
            if isinstance(item, _Said):
                for payload in packets(item.topic, item.message):
                    await self._send(item.topic, payload)
                continue
            state = self._state(item.agent_state)
            if (state, item.failing) != (self._told, self._told_failing) or item.newcomer:
                whence: dict[str, Any] = {"previous": self._told, "failing": sorted(item.failing)}
                message = {"type": "agent_state", "state": state, **whence, "timestamp": item.at}
                self._told, self._told_failing = state, item.failing
                await self._send(STATE_TOPIC, json.dumps(message, ensure_ascii=False).encode())

    async def _send(self, topic: str, payload: bytes) -> None:
        try:
            with anyio.fail_after(SEND_SECONDS):
                await self._connection.local_participant.publish_data(payload, reliable=True, topic=topic)
        except (PublishDataError, TimeoutError, RuntimeError) as error:
            log.debug("data for the room not sent: %s", type(error).__name__)


def packets(topic: str, message: dict[str, Any]) -> list[bytes]:
    """A message with a ``text`` as packets of at most 15 KiB on the wire; all but the last say ``continues``."""
    payload = json.dumps(message, ensure_ascii=False).encode()
    text = message["text"]
    if len(payload) + len(topic.encode()) <= LARGEST_PACKET:
        return [payload]
    middle = len(text) // 2
    cut = text.rfind(" ", 0, middle) + 1 or middle
    first = message | {"text": text[:cut], "continues": True}
    return packets(topic, first) + packets(topic, message | {"text": text[cut:]})


@asynccontextmanager
async def room_data(session: AgentSession[Any], connection: rtc.Room) -> AsyncIterator[None]:
    """Tell the room what happens in the session while the block lasts; the session may start inside it."""
    incoming, outgoing = anyio.create_memory_object_stream[_Look | _Said](KEPT)
    desk = _Desk(session, connection, incoming)
    with incoming, outgoing:
        async with owned_tasks() as tasks:
            tasks.start_soon(desk.deliver, outgoing)
            try:
                with (
                    handling(
                        session,
                        agent_state_changed=desk.on_agent_state,
                        user_state_changed=desk.on_user_state,
                        user_input_transcribed=desk.on_transcript,
                        conversation_item_added=desk.on_item,
                        error=desk.on_error,
                    ),
                    handling(
                        connection,
                        participant_connected=desk.on_arrival,
                        participant_disconnected=desk.on_departure,
                    ),
                ):
                    yield
            finally:
                incoming.close()
                tasks.cancel_scope.deadline = anyio.current_time() + CLOSE_SECONDS
