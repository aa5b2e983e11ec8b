"""What a session measures: latencies and tool calls as they happen, and one summary line at its end.

All figures are LiveKit's own, from the metrics of each message and the session's usage; none of them contains speech.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any, Literal, get_args

from livekit.agents import (
    AgentSession,
    CloseEvent,
    CloseReason,
    ConversationItemAddedEvent,
    ErrorEvent,
    FunctionToolsExecutedEvent,
    ToolCallEnded,
    ToolCallStarted,
    ToolExecutionUpdatedEvent,
    llm,
    utils,
)
from livekit.agents.llm.chat_context import MetricsMetadata

from mcp_voice.room.livekit_events import handling
from mcp_voice_agent.models.faults import FailingPart, failing_part, fault_kind
from mcp_voice_agent.models.pipeline import Pipeline
from mcp_voice_agent.telemetry.instruments import Instruments, Labels, Mode
from mcp_voice_agent.telemetry.providers import LastFaults, watched_providers

__all__ = ["measured"]

log = logging.getLogger(__name__)

UNKNOWN_TOOL = "unknown"
"""Label of a call of a tool that there is not: models make names up, and each label is a series for ever."""

BETWEEN = "__"
"""Between the name of an MCP server and that of its tool."""


def _label(tool: str) -> str:
    """What a tool is counted as: all of one MCP server as one, which may give them new names at any time."""
    server, between, _ = tool.partition(BETWEEN)
    return f"{server}{between}*" if between else tool


class _Tally:
    """One session's figures."""

    def __init__(self, session: AgentSession[Any], instruments: Instruments, last: LastFaults, mode: Mode) -> None:
        self._session = session
        self._instruments = instruments
        self._last = last
        self._mode = mode
        self._began = time.monotonic()
        self._turns = 0
        self._answers = 0
        self._interruptions = 0
        self._tool_calls = 0
        self._tool_errors = 0
        self._provider_errors = 0
        self._watched = False
        self._running: dict[str, str] = {}
        """By the call's id, the label of each tool that runs now."""

    def on_item(self, event: ConversationItemAddedEvent) -> None:
        """Somebody has said something: take its latencies down."""
        if not isinstance(event.item, llm.ChatMessage):
            return
        metrics = event.item.metrics
        self._watch()
        if event.item.role == "user":
            self._turns += 1
            if "end_of_turn_delay" in metrics:
                self._instruments.took("vad", metrics["end_of_turn_delay"], self._by("vad"))
            if "transcription_delay" in metrics:
                who = _labels(metrics.get("stt_metadata")) or self._by("stt")
                self._instruments.took("stt", metrics["transcription_delay"], who)
        elif event.item.role == "assistant":
            self._answers += 1
            self._instruments.answered(_labels(metrics.get("llm_metadata")) or self._by("llm"))
            self._interruptions += event.item.interrupted
            model = _labels(metrics.get("llm_metadata")) or self._by("llm")
            if "llm_node_ttft" in metrics:
                self._instruments.took("llm", metrics["llm_node_ttft"], model)
            if "tts_node_ttfb" in metrics:
                who = _labels(metrics.get("tts_metadata")) or self._by("tts")
                self._instruments.took("tts", metrics["tts_node_ttfb"], who)
            if "e2e_latency" in metrics:
                self._instruments.took("total", metrics["e2e_latency"], model)

    def _watch(self) -> None:
        if not self._watched:
            self._watched = True
            for part in get_args(FailingPart):
                self._instruments.watched(part, self._by(part))

    def on_tools(self, event: FunctionToolsExecutedEvent) -> None:
        """The tools of one answer have run, or were refused for what the model made of them."""
        known = llm.ToolContext([*self._session.tools, *self._session.current_agent.tools]).function_tools
        for call, output in event.zipped():
            tool = _label(call.name) if call.name in known else UNKNOWN_TOOL
            self._tool_calls += 1
            self._instruments.called(tool, self._by("llm"))
            if output.is_error:
                self._failed(tool)

    def on_tool_update(self, event: ToolExecutionUpdatedEvent) -> None:
        """A tool that had reported progress has ended: its end is in no other event."""
        update = event.update
        if isinstance(update, ToolCallStarted):
            self._running[update.function_call.call_id] = _label(update.function_call.name)
        elif isinstance(update, ToolCallEnded):
            tool = self._running.pop(update.call_id, UNKNOWN_TOOL)
            if update.status == "error" and update.id != update.call_id:
                self._failed(tool)

    def on_error(self, event: ErrorEvent) -> None:
        """A provider has failed for good, with all its fallbacks."""
        part = failing_part(event)
        if part is not None:
            self._provider_errors += 1
            kind = fault_kind(event.error.error)
            # That all fallbacks have failed is LiveKit's own error, as of a connection.
            self._instruments.broke(part, self._last.get(part, kind) if kind == "connection" else kind, self._by(part))

    def on_close(self, event: CloseEvent) -> None:
        """A session that has closed by itself answers nobody."""
        if event.reason is CloseReason.ERROR:
            self._instruments.broke_off(self._mode)

    def _failed(self, tool: str) -> None:
        self._tool_errors += 1
        self._instruments.failed(tool, self._by("llm"))

    def _by(self, part: Literal["vad", "stt", "llm", "tts"]) -> Labels:
        """Who does this part now: an agent's own model comes before the session's."""
        own = getattr(self._session.current_agent, part)
        used = own if utils.is_given(own) else getattr(self._session, part)
        return Labels(provider=getattr(used, "provider", "none"), model=getattr(used, "model", "none"))

    def summary(self) -> dict[str, Any]:
        """The session in figures."""
        usage = [each.model_dump().items() for each in self._session.usage.model_usage]
        return {
            "seconds": round(time.monotonic() - self._began, 1),
            "turns": self._turns,
            "answers": self._answers,
            "interruptions": self._interruptions,
            "tool_calls": self._tool_calls,
            "tool_errors": self._tool_errors,
            "provider_errors": self._provider_errors,
            "usage": [{key: _rounded(value) for key, value in each if value} for each in usage],
        }


def _rounded(value: str | float) -> str | float:
    return round(value, 1) if isinstance(value, float) else value


def _labels(metadata: MetricsMetadata | None) -> Labels | None:
    """LiveKit's own, which names the fallback that answered."""
    if not metadata:
        return None
    return Labels(provider=metadata.get("model_provider", "none"), model=metadata.get("model_name", "none"))


@asynccontextmanager
async def measured(
    session: AgentSession[Any], instruments: Instruments, *, parts: Pipeline | None = None, mode: Mode = "pipeline"
) -> AsyncIterator[None]:
    """Measure a session while the block lasts, then log a summary; start and close the session inside it.

    ``parts`` are what the session is made of, each provider of which is watched by itself.
    """
    last: LastFaults = {}
    tally = _Tally(session, instruments, last, mode)
    with watched_providers(parts, instruments, last) if parts else nullcontext():
        try:
            with handling(
                session,
                conversation_item_added=tally.on_item,
                function_tools_executed=tally.on_tools,
                tool_execution_updated=tally.on_tool_update,
                error=tally.on_error,
                close=tally.on_close,
            ):
                yield
        finally:
            log.info("session ended", extra=tally.summary())
