"""Tools that come while a session runs: its agent gets them as soon as they are there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import anyio
from livekit.agents import AgentSession, AgentStateChangedEvent, llm

from mcp_voice.redaction import fault_place
from mcp_voice.room.livekit_events import handling
from mcp_voice.tasks import Bell

__all__ = ["VoiceTools", "grow"]

log = logging.getLogger(__name__)

VoiceTools: TypeAlias = list[llm.Tool | llm.Toolset]


class Coming(Protocol):
    """Tools that come and go."""

    def now(self) -> VoiceTools:
        """Those that there are; the same objects as long as they are the same tools."""

    def is_one(self, tool: llm.Tool | llm.Toolset) -> bool:
        """Whether a tool of an agent is, or was, one of them."""


GREETING_SECONDS = 3.0
UPDATE_SECONDS = 10.0
"""A realtime model takes a moment to answer, and one that has broken answers no more."""


async def grow(
    session: AgentSession[Any],
    tools: VoiceTools,
    coming: Coming,
    *,
    changed: Bell,
    begin: Callable[[], None],
    greets: bool,
) -> None:
    """Keep the tools of a session's agent at what there is, until cancelled.

    Args:
        session: May not have started yet.
        tools: What the next agent of the session is made with; those that have come are put in here.
        coming: The tools that come and go.
        changed: Rings when they may be others.
        begin: Called once the greeting sounds, or is late: programs that start would have it wait for the processor.
        greets: Whether there is a greeting.
    """
    started, speaking = anyio.Event(), anyio.Event()

    def on_state(event: AgentStateChangedEvent) -> None:
        if event.new_state == "speaking":
            speaking.set()
        if event.new_state != "initializing":
            started.set()
            # It may be another agent by now.
            changed.ring()

    with handling(session, agent_state_changed=on_state):
        await started.wait()
        own = list(tools)
        with anyio.move_on_after(GREETING_SECONDS if greets else 0):
            await speaking.wait()
        begin()
        while True:
            rung = changed.next
            now = coming.now()
            tools[:] = [*own, *now]
            await _update(session, now, coming)
            await rung.wait()


async def _update(session: AgentSession[Any], now: VoiceTools, coming: Coming) -> None:
    """Give the agent these of the tools that come, and leave it all others that it has."""
    try:
        agent = session.current_agent
        wanted = [*(each for each in agent.tools if not coming.is_one(each)), *now]
        if wanted == agent.tools:
            return
        with anyio.move_on_after(UPDATE_SECONDS) as limit:
            await agent.update_tools(wanted)
        if limit.cancelled_caught:
            log.warning("the model has not taken its new tools within %g s", UPDATE_SECONDS)
    except Exception as error:  # noqa: BLE001 - whatever it is, the conversation goes on
        log.warning("the model has not taken its new tools: %s", fault_place(error))
