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

from mcp_voice.owned import owned_tasks

__all__ = ["Remains", "fall_back", "remains_of"]

log = logging.getLogger(__name__)

FRESH_SECONDS = 30.0
"""What a human said longer ago is not answered any more."""
FAILED = "response failed"
"""In the plugin's text of an error that has cost an answer; after any other recoverable error the talk goes on."""


@dataclass(frozen=True, slots=True)
class Remains:
    """What is left of a conversation: what was said, and what we owe the human."""

    chat_ctx: llm.ChatContext
    owed: Literal["nothing", "answer", "apology"]
    """``apology``: the last words were heard, but not written down before the model broke."""


def remains_of(chat_ctx: llm.ChatContext) -> Remains:
    """Take what another model can go on with: turns with words in them, and the calls of tools."""
    kept = chat_ctx.copy(
        exclude_instructions=True, exclude_empty_message=True, exclude_handoff=True, exclude_config_update=True
    )
    said = [item for item in chat_ctx.items if isinstance(item, llm.ChatMessage) and item.role in ("user", "assistant")]
    last = said[-1] if said else None
    if last is None or last.role != "user" or time.time() - last.created_at > FRESH_SECONDS:
        return Remains(kept, "nothing")
    return Remains(kept, "answer" if last.text_content else "apology")


class _Watch:
    """Translates LiveKit's events: the first break is the one that counts."""

    def __init__(self) -> None:
        self.started = anyio.Event()
        self.broken = anyio.Event()
        self.reason = ""

    def on_state(self, event: AgentStateChangedEvent) -> None:
        if event.new_state != "initializing":
            self.started.set()

    def on_error(self, event: ErrorEvent) -> None:
        error = event.error
        if isinstance(error, llm.RealtimeModelError) and (not error.recoverable or FAILED in str(error.error)):
            # Otherwise the session would close.
            error.recoverable = True
            self._break(_told(error.error))

    def on_speech(self, event: SpeechCreatedEvent) -> None:
        event.speech_handle.add_done_callback(self._on_said)

    def _on_said(self, speech: SpeechHandle) -> None:
        if isinstance(speech.exception(), llm.RealtimeError):
            self._break(str(speech.exception()))

    def _break(self, reason: str) -> None:
        if not self.broken.is_set():
            self.reason = reason
            self.broken.set()


def _told(error: Exception) -> str:
    """An error without its body, which may repeat a key or what was said."""
    code = getattr(getattr(error, "body", None), "code", None)
    return f"{error} ({code})" if code and re.fullmatch(r"\w{1,60}", str(code)) else str(error)


@asynccontextmanager
async def fall_back(session: AgentSession[Any], successor: Callable[[Remains], Agent]) -> AsyncIterator[None]:
    """Let another agent take over when the realtime model of the present one breaks, while the block lasts.

    To be entered before the session is started. The successor has other models, and gives what is owed when it enters.
    """
    watch = _Watch()

    async def take_over() -> None:
        await watch.broken.wait()
        await watch.started.wait()
        remains = remains_of(session.current_agent.chat_ctx)
        log.warning(
            "the realtime model broke, speech to text and a language model take over: %s", watch.reason,
            extra={"turns": len(remains.chat_ctx.messages()), "owed": remains.owed},
        )  # fmt: skip
        session.update_agent(successor(remains))

    session.on("agent_state_changed", watch.on_state)
    session.on("error", watch.on_error)
    session.on("speech_created", watch.on_speech)
    try:
        async with owned_tasks() as tasks:
            tasks.start_soon(take_over)
            yield
            tasks.cancel_scope.cancel()
    finally:
        session.off("agent_state_changed", watch.on_state)
        session.off("error", watch.on_error)
        session.off("speech_created", watch.on_speech)
