"""Sound for those whose clients take it; where nobody's does, answers are texts, at once, and no voice is paid for."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import TaskGroup
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from livekit import rtc
from livekit.agents import AgentSession, ConversationItemAddedEvent, llm

from mcp_voice.redaction import fault_place
from mcp_voice.room.chat import CHAT_TOPIC
from mcp_voice.room.events import HUMAN_KINDS
from mcp_voice.room.livekit_events import handling
from mcp_voice.room.received import is_microphone
from mcp_voice.tasks import Bell, owned_tasks
from mcp_voice_agent.conversation.listeners import Listeners, Means

__all__ = ["Audience", "audience"]

log = logging.getLogger(__name__)

SEND_SECONDS = 5.0
KEPT = 50


class Audience:
    """LiveKit's events in; whether we are heard, and the texts of what is said while we are not, out."""

    def __init__(
        self, room: rtc.Room, session: AgentSession[None], texts: MemoryObjectSendStream[str], tasks: TaskGroup
    ) -> None:
        self._room = room
        self._session = session
        self._texts = texts
        self._tasks = tasks
        self._listeners = Listeners()
        self._changed = Bell()
        self._publishing = anyio.CancelScope()

    def absent(self) -> bool:
        """Whether nobody takes our sound."""
        return self._listeners.hearing == "nobody"

    async def known(self) -> None:
        """Wait until somebody takes our sound, or probably will, or it is clear that nobody does."""
        while self._listeners.hearing == "unknown" and not set(self._people().values()) - {"none"}:
            await self._changed.wait()

    def on_published(self, *_: object) -> None:
        """Our voice can be had."""
        self._listeners.published(time.monotonic())
        self._changed.ring()

    def on_subscribed(self, *_: object) -> None:
        """Somebody gets it."""
        self._listeners.subscribed(self._people(), time.monotonic())
        self._changed.ring()

    def on_people(self, *_: object) -> None:
        """Somebody has come or gone, or has another track."""
        self._changed.ring()

    def on_item(self, event: ConversationItemAddedEvent) -> None:
        """Something was said: it is a text for those who cannot have heard it."""
        item = event.item
        if self.absent() and isinstance(item, llm.ChatMessage) and item.role == "assistant" and item.text_content:
            try:
                self._texts.send_nowait(item.text_content.strip())
            except (anyio.WouldBlock, anyio.BrokenResourceError):
                log.debug("a text for the room dropped: too many of them are waiting")

    async def run(self) -> None:
        """Go over from sound to text and back as need be, until cancelled."""
        while True:
            changed = self._changed.next
            before, now = self._listeners.hearing, time.monotonic()
            if self._listeners.look(self._people(), now):
                self._tasks.start_soon(self._publish_anew)
            self._settle()
            if self._listeners.hearing != before:
                self._changed.ring()
            with anyio.move_on_after(self._listeners.due_in(self._people(), now)):
                await changed.wait()

    def _settle(self) -> None:
        if self.absent() == self._session.output.audio_enabled and self._session.output.audio is not None:
            log.info("nobody takes our sound: answers are texts" if self.absent() else "somebody takes our sound")
            self._session.output.set_audio_enabled(not self.absent())
            waiting = self._session.room_io.subscribed_fut
            if self.absent() and waiting is not None and not waiting.done():
                # What is being said now would wait for a listener for ever.
                waiting.set_result(None)

    async def _publish_anew(self) -> None:
        """LiveKit tells once for each publication that it is subscribed to: who came later may not have."""
        output = getattr(self._session.room_io, "_audio_output", None)  # quirk: published-once
        publish = getattr(output, "_publish_track", None)  # quirk: published-once
        ours = [each for each in self._room.local_participant.track_publications.values() if is_microphone(each)]
        if publish is None or not ours:
            return
        # LiveKit waits until somebody subscribes, also to what is no longer published, and publishes nothing meanwhile.
        self._publishing.cancel()
        try:
            with anyio.CancelScope() as self._publishing:
                for each in ours:
                    await self._room.local_participant.unpublish_track(each.sid)
                await publish()
        except Exception as error:  # noqa: BLE001  # whatever LiveKit raises, the conversation goes on
            log.warning("our voice was not published anew: %s", fault_place(error))

    def _people(self) -> dict[str, Means]:
        return {
            each.identity: _means(each) for each in self._room.remote_participants.values() if each.kind in HUMAN_KINDS
        }

    async def deliver(self, texts: MemoryObjectReceiveStream[str]) -> None:
        """Send what comes in as chat messages, in its order."""
        async for text in texts:
            try:
                with anyio.fail_after(SEND_SECONDS):
                    await self._room.local_participant.send_text(text, topic=CHAT_TOPIC)
            except Exception as error:  # noqa: BLE001  # whatever LiveKit raises, the conversation goes on
                log.warning("a text for the room not sent: %s", fault_place(error))


def _means(participant: rtc.RemoteParticipant) -> Means:
    if participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP:
        return "phone"
    return "microphone" if any(map(is_microphone, participant.track_publications.values())) else "none"


@asynccontextmanager
async def audience(room: rtc.Room, session: AgentSession[None]) -> AsyncIterator[Audience]:
    """Have a session speak or write, as its listeners want it, while the block lasts, in which it starts."""
    outgoing, texts = anyio.create_memory_object_stream[str](KEPT)
    with outgoing, texts:
        async with owned_tasks() as tasks:
            listening = Audience(room, session, outgoing, tasks)
            tasks.start_soon(listening.run)
            tasks.start_soon(listening.deliver, texts)
            with (
                handling(
                    room,
                    local_track_published=listening.on_published,
                    local_track_subscribed=listening.on_subscribed,
                    participant_connected=listening.on_people,
                    participant_disconnected=listening.on_people,
                    track_published=listening.on_people,
                    track_unpublished=listening.on_people,
                ),
                handling(session, conversation_item_added=listening.on_item),
            ):
                yield listening
            tasks.cancel_scope.cancel()
