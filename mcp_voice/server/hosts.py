"""What is known of MCP hosts: how long one lets a call last, its name in a room, and how it is told of progress."""

from __future__ import annotations

from typing import Any

from mcp.server.mcpserver import Context
from mcp.types import Implementation

from mcp_voice.callers.caller import Caller, WaitPolicy
from mcp_voice.loading import Loading
from mcp_voice.progress import reporting
from mcp_voice.redaction import redacted_with_links
from mcp_voice.server.subject import current_subject
from mcp_voice.texts.foreign import LONGEST_SHOWN, shown
from mcp_voice.voice import Voice

__all__ = ["CLAUDE_CODE_SECONDS", "OTHER_HOST_SECONDS", "Call", "Ctx", "visible_name", "waiting"]

Ctx = Context[Loading, Any]
LONGEST_NAME = 64
NAMELESS = ("mcp",)
"""What an SDK's client calls itself unless its host has given it a name."""
CLAUDE_CODE = "claude-code"
CLAUDE_CODE_SECONDS = 110.0
"""Claude Code moves a call to the background at 120 s; a late result then counts as no user input."""
OTHER_HOST_SECONDS = 45.0
"""Hosts built on the TypeScript SDK give up at 60 s, whatever progress is reported."""
TOOL_USE_ID = "claudecode/toolUseId"
"""Claude Code gives each call of a tool an id, and a call that it repeats the same one."""


class Call:
    """A call of a tool: the host that makes it, and who there is to be told how it goes."""

    def __init__(self, ctx: Ctx) -> None:
        self._ctx = ctx
        self._reports = 0

    async def voice(self) -> Voice:
        """The voice, on behalf of this host; waits until it is loaded. Raises VoiceError if it cannot be."""
        loading, subject = self._ctx.request_context.lifespan_context, current_subject()
        async with reporting(self.report, lambda: f"loading the {loading.what}"):
            voice = await loading.voice(subject)
        client = self._client
        limits = waiting(client.name if client else "", loading.settings.wait_seconds)
        meta = dict(self._ctx.request_context.meta or {})
        hang_up = loading.settings.http_hang_up_seconds if subject else 0.0
        return voice.called_by(Caller(limits, visible_name(client), str(meta.get(TOOL_USE_ID, "")), hang_up))

    async def report(self, message: str) -> None:
        """Tell the host what goes on, if it wants to know."""
        self._reports += 1
        await self._ctx.report_progress(self._reports, None, shown(redacted_with_links(message[-LONGEST_SHOWN:])))

    @property
    def _client(self) -> Implementation | None:
        params = self._ctx.session.client_params
        return params.client_info if params else None


def visible_name(client: Implementation | None) -> str:
    """The name under which a room sees this host; nothing for one that has none."""
    names = (shown(name, limit=LONGEST_NAME) for name in (client.title, client.name) if name) if client else ()
    return next((name for name in names if name and name.casefold() not in NAMELESS), "")


def waiting(host: str, limit: float | None) -> WaitPolicy:
    """The waiting policy for calls of this host; ``limit`` is MCP_VOICE_WAIT_SECONDS where that is set.

    Whoever set the limit knows what the host allows; a call that outlasts it would be cancelled with its question.
    """
    usual = CLAUDE_CODE_SECONDS if host == CLAUDE_CODE else OTHER_HOST_SECONDS

    def wait(wanted: float | None) -> float:
        if wanted is None:
            return usual if limit is None else limit
        return wanted if limit is None else min(wanted, limit)

    return wait
