"""A sentence while a tool takes long: whoever hears nothing thinks that the line is dead.

It follows the session's own events, so that it is the same for every tool, wherever it comes from.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import anyio
from anyio.abc import TaskGroup
from livekit.agents import AgentSession, AgentStateChangedEvent, UserStateChangedEvent
from livekit.agents.voice import SpeechHandle, ToolCallEnded, ToolCallStarted
from livekit.agents.voice.events import ToolExecutionUpdatedEvent

from mcp_voice.room.livekit_events import handling
from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.settings import AgentSettings
from mcp_voice_agent.webhooks.apology import FloorStatus

__all__ = ["filling"]

log = logging.getLogger(__name__)

MOST_CALLS = 20
"""At a time; more are not waited for."""


@dataclass(eq=False)
class _Call:
    """A tool call that is under way."""

    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    spoken: bool = False
    """Whether anybody has spoken since it began: then nobody thinks that the line is dead."""
    filler: SpeechHandle | None = None


class _Fillers:
    def __init__(
        self,
        session: AgentSession[Any],
        floor: FloorStatus,
        sentence: str,
        long: Callable[[], Awaitable[None]],
        tasks: TaskGroup,
    ) -> None:
        self._session = session
        self._floor = floor
        self._sentence = sentence
        self._long = long
        self._tasks = tasks
        self._calls: dict[str, _Call] = {}

    def on_tool(self, event: ToolExecutionUpdatedEvent) -> None:
        """A tool is called, or has returned."""
        update = event.update
        if isinstance(update, ToolCallStarted) and len(self._calls) < MOST_CALLS:
            call = _Call(spoken=self._session.agent_state == "speaking")
            self._calls[update.function_call.call_id] = call
            self._tasks.start_soon(self._wait, call)
        elif isinstance(update, ToolCallEnded) and (ended := self._calls.pop(update.call_id, None)):
            ended.scope.cancel()
            if ended.filler is not None and not ended.spoken:
                # Not a word of it has been heard, and the answer is there.
                ended.filler.interrupt(force=True)

    def on_state(self, event: AgentStateChangedEvent | UserStateChangedEvent) -> None:
        """Somebody begins to speak."""
        if event.new_state == "speaking":
            for call in self._calls.values():
                call.spoken = True

    async def _wait(self, call: _Call) -> None:
        with call.scope:
            await self._long()
            await self._floor.free()
            if not call.spoken:
                self._say(call)

    def _say(self, call: _Call) -> None:
        try:
            # It is no word of the language model's, which must not take it for its answer.
            call.filler = self._session.say(self._sentence, add_to_chat_ctx=False)
        except RuntimeError as error:
            log.warning("nothing could be said while a tool takes long: %s", error)


@asynccontextmanager
async def filling(
    session: AgentSession[Any],
    floor: FloorStatus,
    settings: AgentSettings,
    *,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> AsyncIterator[None]:
    """Say the settings' sentence once in each tool call that takes long, while the block lasts.

    Not where anybody has spoken meanwhile, nor while another agent has the floor. To be entered before the session is
    started.
    """
    async with owned_tasks() as tasks:
        fillers = _Fillers(session, floor, settings.agent_filler, partial(sleep, settings.agent_filler_seconds), tasks)
        on_tool = fillers.on_tool if settings.agent_filler else _ignore
        with handling(
            session,
            tool_execution_updated=on_tool,
            agent_state_changed=fillers.on_state,
            user_state_changed=fillers.on_state,
        ):
            yield
        tasks.cancel_scope.cancel()


def _ignore(_: ToolExecutionUpdatedEvent) -> None:
    """Without a sentence there is nothing to say."""
