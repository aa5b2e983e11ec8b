"""The webhooks: reached by a question that does nothing, OPTIONS without a body and without the secret.

That a workflow accepts the secret and does its work only a call would show, and a call may send an e-mail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from mcp_voice.doctor.problem import Problem
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice.errors import BadSettings
from mcp_voice_agent.doctor.calling import asked
from mcp_voice_agent.settings import AgentSettings
from mcp_voice_agent.webhooks.declaration import VARIABLE, declarations

__all__ = ["webhooks"]

MOST = 20
UNPROVED = "nothing was called, so whether it accepts the secret and does its work is not known"
REDIRECTS = range(300, 400)
ALLOWS = ("Allow", "Access-Control-Allow-Methods")


@dataclass(frozen=True, slots=True)
class _Tool:
    """Where a tool's webhook is, and what leads there."""

    name: str
    url: str
    method: str
    setting: str


def webhooks(settings: AgentSettings) -> Sequence[Step]:
    """A check for each tool that is a webhook."""
    return [
        Step(f"webhook-{tool.name}", f"webhook {tool.name}", partial(_reached, tool=tool), 8.0, ("libraries",))
        for tool in _tools(settings)[:MOST]
    ]


def _tools(settings: AgentSettings) -> Sequence[_Tool]:
    home = settings.webhook_url.rstrip("/")
    built_in = [
        _Tool("send_email", home + settings.webhook_email_path, "POST", "MCP_VOICE_WEBHOOK_EMAIL_PATH"),
        _Tool("query_database", home + settings.webhook_database_path, "POST", "MCP_VOICE_WEBHOOK_DATABASE_PATH"),
    ]
    try:
        declared = declarations(settings)
    except BadSettings:  # The check whether a worker would start tells it.
        declared = []
    more = [_Tool(each.name, each.address(settings.webhook_url), each.method, VARIABLE) for each in declared]
    return [*(built_in if home else ()), *more]


async def _reached(_: Visit, *, tool: _Tool) -> Found:
    answer = await asked("OPTIONS", tool.url, setting=tool.setting)
    facts: dict[str, Any] = {"tool": tool.name, "setting": tool.setting, "status": answer.status, "method": tool.method}
    if answer.status in REDIRECTS:
        raise Problem("webhook-redirects", whither=answer.whither, **facts)
    if answer.status >= HTTPStatus.BAD_GATEWAY:
        raise Problem("webhook-trouble", **facts)
    detail = f"there (HTTP {answer.status} to OPTIONS); {UNPROVED}"
    if answer.status == HTTPStatus.NOT_FOUND:
        return Found(detail, [Problem("webhook-not-there", **facts)])
    allowed = {
        each.strip().upper() for name in ALLOWS for each in answer.headers.get(name, "").split(",") if each.strip()
    }
    if allowed - {"OPTIONS", "*"} and not allowed & {tool.method, "*"}:
        return Found(detail, [Problem("webhook-method", allowed=", ".join(sorted(allowed))[:80], **facts)])
    return Found(detail)
