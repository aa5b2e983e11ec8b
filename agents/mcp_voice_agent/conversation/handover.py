"""When a realtime model breaks in mid-call: another agent takes over, and takes the conversation so far with it."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import anyio
from livekit.agents import Agent, AgentSession, AgentStateChangedEvent, ErrorEvent, SpeechCreatedEvent, llm
from livekit.agents.voice import SpeechHandle

from mcp_voice.room.livekit_events import handling
from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.learned import REPORTED

__all__ = ["Due", "Handover", "Predecessor", "handed_over", "handing_over"]

log = logging.getLogger(__name__)

SETTLE_SECONDS = 10.0
FRESH_SECONDS = 30.0
"""What a human said longer ago is not answered any more."""
FAILED = "response failed"
"""In the plugin's text of an error that has cost an answer; after any other recoverable error the talk goes on."""


Due = Literal["nothing", "answer", "apology"]
"""What is said next: an apology when the last words were heard, but not written down before the model broke."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What another agent gets of a conversation: what was said, and what is to be said next."""

    chat_ctx: llm.ChatContext
    due: Due


Predecessor = Callable[[], HandedOver]


def handed_over(chat_ctx: llm.ChatContext) -> HandedOver:
    """Take what another model can go on with: turns with words in them, the calls of tools, and what we were told."""
    kept = chat_ctx.copy(exclude_empty_message=True, exclude_handoff=True, exclude_config_update=True)
    # An answer without words is one that has not been heard.
    turns = [each for each in chat_ctx.messages() if each.role == "user" or (each.role == "assistant" and each.content)]
    last = turns[-1] if turns else None
    answered = last is None or last.role != "user" or REPORTED in last.extra
    if last is None or answered or time.time() - last.created_at > FRESH_SECONDS:
        return HandedOver(kept, "nothing")
    return HandedOver(kept, "answer" if last.text_content else "apology")


class Handover:
    """Translates LiveKit's events: the first break is the one that counts."""

    def __init__(self) -> None:
        self.started = anyio.Event()
        self.broken = anyio.Event()
        self.entered = anyio.Event()
        self.reason = ""

    async def settled(self) -> None:
        """Wait while one agent takes over from another, and neither can be told to answer; ten seconds at most."""
        if self.broken.is_set():
            with anyio.move_on_after(SETTLE_SECONDS):
                await self.entered.wait()

    def on_state(self, event: AgentStateChangedEvent) -> None:
        """Take down that the session has started."""
        if event.new_state != "initializing":
            self.started.set()

    def on_error(self, event: ErrorEvent) -> None:
        """Take down that the model has failed, and keep the session from closing for it."""
        error = event.error
        if isinstance(error, llm.RealtimeModelError) and (not error.recoverable or FAILED in str(error.error)):
            error.recoverable = True
            self._break(_told(error.error))

    def on_speech(self, event: SpeechCreatedEvent) -> None:
        """Look, when it is over, whether there was an answer."""
        event.speech_handle.add_done_callback(self._on_said)

    def _on_said(self, speech: SpeechHandle) -> None:
        error = speech.exception()
        # One with a code was told by the model, which goes on; others mean that it gave no answer.
        if isinstance(error, llm.RealtimeError) and error.code is None:
            self._break(str(error))

    def _break(self, reason: str) -> None:
        if not self.broken.is_set():
            self.reason = reason
            self.broken.set()


def _told(error: Exception) -> str:
    """An error without its body, which may repeat a key or what was said."""
    code = getattr(getattr(error, "body", None), "code", None)
    return f"{error} ({code})" if code and re.fullmatch(r"\w{1,60}", str(code)) else str(error)


@asynccontextmanager
async def handing_over(
    session: AgentSession[Any], successor: Callable[[Predecessor], Agent]
) -> AsyncIterator[Handover]:
    """Let another agent take over when the realtime model of the present one breaks, while the block lasts.

    To be entered before the session is started. The successor has other models; when it enters, it calls what it was
    given, which then knows all that was said, and says to the human what is due.
    """
    watch = Handover()

    async def take_over() -> None:
        await watch.broken.wait()
        await watch.started.wait()
        log.warning("the realtime model broke, speech to text and a language model take over: %s", watch.reason)
        broken = session.current_agent

        def hand_over() -> HandedOver:
            watch.entered.set()
            return handed_over(broken.chat_ctx)

        # What is still being played is added to the conversation only when it has been heard.
        session.update_agent(successor(hand_over))

    with handling(session, agent_state_changed=watch.on_state, error=watch.on_error, speech_created=watch.on_speech):
        async with owned_tasks() as tasks:
            tasks.start_soon(take_over)
            yield watch
            tasks.cancel_scope.cancel()
