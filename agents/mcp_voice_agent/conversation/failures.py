"""When a provider fails in a turn: the human is told in a sentence that was prepared, and the conversation goes on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import anyio.lowlevel
from anyio.abc import TaskGroup
from livekit import rtc
from livekit.agents import (
    AgentSession,
    AgentStateChangedEvent,
    ConversationItemAddedEvent,
    ErrorEvent,
    SpeechCreatedEvent,
    UserStateChangedEvent,
    llm,
)

from mcp_voice.room.livekit_events import handling
from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.conversation.canned import prepared, replayed
from mcp_voice_agent.conversation.hold import Hold
from mcp_voice_agent.models.faults import FailingPart, failing_part
from mcp_voice_agent.settings import AgentSettings

__all__ = ["apologizing"]

log = logging.getLogger(__name__)

TELL_SECONDS = 30.0
"""After this nobody knows any more what the sentence is about."""
COMMIT_SECONDS = 5.0
"""How long after an early request to the language model a turn may go on."""
FIRST_WORDS_SECONDS = 10.0
"""The sentence is prepared when the greeting has been said, or after so long, so that the greeting need not wait."""
YIELD_SECONDS = 0.1
"""Another word about the same failure, such as a tool's, comes first; it is said as soon as the turn is over."""


@dataclass(eq=False)
class _TurnState:
    """What is to be answered: something that a human said, or a sentence of our own such as the greeting."""

    human: bool
    told: bool = False
    answered: bool = False
    committed: anyio.Event = field(default_factory=anyio.Event)


class _Failures:
    """Translates the session's events, and says the sentence once for each turn that has failed."""

    def __init__(self, session: AgentSession[Any], floor: Hold, settings: AgentSettings, tasks: TaskGroup) -> None:
        self._session = session
        self._floor = floor
        self._settings = settings
        self._tasks = tasks
        self._turn = _TurnState(human=False)
        self._begun = anyio.Event()
        self._ready = anyio.Event()
        self._frames: Sequence[rtc.AudioFrame] = ()
        self._saying = False

    async def prepare(self) -> None:
        """Have the sentence turned into sound once the greeting is out, or has failed."""
        with anyio.move_on_after(FIRST_WORDS_SECONDS):
            await self._begun.wait()
        self._frames = await prepared(self._settings, self._settings.agent_failure_message)
        self._ready.set()

    def on_user_state(self, event: UserStateChangedEvent) -> None:
        """A human begins to speak: another turn."""
        if event.new_state == "speaking":
            self._turn = _TurnState(human=True)

    def on_speech(self, event: SpeechCreatedEvent) -> None:
        """Something is said that no spoken turn is waiting for: a word of our own, or an answer to what was typed."""
        waiting = self._turn.human and not self._turn.committed.is_set()
        if not self._saying and (event.source == "say" or not waiting):
            self._turn = _TurnState(human=False)

    def on_agent_state(self, event: AgentStateChangedEvent) -> None:
        """The first words are over."""
        if event.old_state == "speaking":
            self._begun.set()

    def on_item(self, event: ConversationItemAddedEvent) -> None:
        """A turn is over, or has been answered."""
        if isinstance(event.item, llm.ChatMessage) and (event.item.text_content or "").strip():
            if event.item.role == "user":
                self._turn.committed.set()
            elif event.item.role == "assistant":
                self._turn.answered = True

    def on_error(self, event: ErrorEvent) -> None:
        """A provider has failed: say so, unless nobody has been waiting for it."""
        part, turn = failing_part(event), self._turn
        if part is None:
            return
        self._begun.set()
        # A recogniser that takes speech as a stream fails also while nobody speaks.
        if turn.told or (part == "stt" and not turn.human):
            return
        turn.told = True
        log.warning("a turn has failed: %s", part)
        if self._settings.agent_failure_message:
            self._tasks.start_soon(self._tell, turn, part)

    async def _tell(self, turn: _TurnState, part: FailingPart) -> None:
        with anyio.move_on_after(TELL_SECONDS):
            await self._ready.wait()
            if part == "llm" and turn.human:
                # It may have been asked early, in vain, and the human goes on.
                with anyio.move_on_after(COMMIT_SECONDS):
                    await turn.committed.wait()
            while speech := self._session.current_speech:
                over = asyncio.Event()
                speech.add_done_callback(lambda _, over=over: over.set())  # type: ignore[misc]
                await over.wait()
                await anyio.lowlevel.checkpoint()
            await anyio.sleep(YIELD_SECONDS)
            # While somebody else has the floor, the human has turned to them.
            if turn is self._turn and not self._floor.held and not (part == "llm" and turn.answered):
                self._say()

    def _say(self) -> None:
        if not self._frames:
            return
        self._saying = True
        try:
            # It is no word of the language model's, which must not take it for an answer.
            self._session.say(self._settings.agent_failure_message, audio=replayed(self._frames), add_to_chat_ctx=False)
        except RuntimeError as error:
            log.warning("a failed turn could not be told of: %s", error)
        finally:
            self._saying = False


@asynccontextmanager
async def apologizing(session: AgentSession[Any], floor: Hold, settings: AgentSettings) -> AsyncIterator[None]:
    """Tell the human of each turn that a provider has failed in, while the block lasts.

    To be entered before the session is started.
    """
    async with owned_tasks() as tasks:
        failures = _Failures(session, floor, settings, tasks)
        if settings.agent_failure_message:
            tasks.start_soon(failures.prepare)
        with handling(
            session,
            user_state_changed=failures.on_user_state,
            speech_created=failures.on_speech,
            agent_state_changed=failures.on_agent_state,
            conversation_item_added=failures.on_item,
            error=failures.on_error,
        ):
            yield
        tasks.cancel_scope.cancel()
