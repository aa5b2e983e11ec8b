"""What a human is told when the language model has none about a call.

A model may be silent after a tool has failed, or fail itself. The tool's result asks it for an apology first, because
it knows what was talked about; only what it leaves unsaid is said here.
"""

from __future__ import annotations

import logging
import time
from typing import Any, Protocol

import anyio
from anyio.abc import TaskGroup
from livekit.agents import AgentSession, RunContext, llm
from livekit.agents.voice import SpeechHandle

__all__ = ["Apology", "FloorStatus"]

log = logging.getLogger(__name__)

FLOOR_SECONDS = 30.0
"""How long a word waits while somebody else has the floor; after that it would be about nothing."""


class FloorStatus(Protocol):
    """Who may speak in the room (`mcp_voice_agent.conversation.hold.Hold`)."""

    async def free(self) -> None:
        """Wait until nobody else has the floor."""


class Apology:
    """Sees to it that a human hears of what became of a call."""

    def __init__(self, tasks: TaskGroup, floor: FloorStatus) -> None:
        self._tasks = tasks
        self._floor = floor
        self._open = True

    def offer(self, ctx: RunContext[Any], sentence: str) -> None:
        """Say this after the model's turn, unless the model or the human has said anything until then."""
        since = time.time()

        def on_done(handle: SpeechHandle) -> None:
            # The human who cut in speaks next, and the model then knows the result.
            if self._open and not handle.interrupted:
                self._tasks.start_soon(self._say, ctx.session, sentence, since)

        ctx.speech_handle.add_done_callback(on_done)

    async def _say(self, session: AgentSession[Any], sentence: str, since: float) -> None:
        with anyio.move_on_after(FLOOR_SECONDS):
            await self._floor.free()
            if not _spoken(session, since):
                try:
                    session.say(sentence)
                except RuntimeError as error:
                    log.warning("a word about a failed call could not be said: %s", error)

    def close(self) -> None:
        """Say nothing any more."""
        self._open = False


def _spoken(session: AgentSession[Any], since: float) -> bool:
    """Whether anybody has said anything since then, in Unix time."""
    return any(
        isinstance(item, llm.ChatMessage) and item.created_at >= since and item.text_content
        for item in session.history.items
    )
