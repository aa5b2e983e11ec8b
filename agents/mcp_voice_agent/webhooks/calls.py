"""Calls of webhooks and MCP servers in one session: limited, carried through, audited, and answered for."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio.abc import TaskGroup
from livekit.agents import RunContext, ToolError, ToolResult

from mcp_voice_agent.mcp_servers.fault import ServerFault
from mcp_voice_agent.webhooks.apology import Apology
from mcp_voice_agent.webhooks.audit import Audit
from mcp_voice_agent.webhooks.client import WebhookClient
from mcp_voice_agent.webhooks.confirmation import CONFIRM, Confirmation, Draft
from mcp_voice_agent.webhooks.language import Language
from mcp_voice_agent.webhooks.rate_limit import CallLimit
from mcp_voice_agent.webhooks.webhook import CallTarget, Webhook, WebhookFault

__all__ = ["Calls"]

log = logging.getLogger(__name__)

MOST_SENT = 65_536
"""Bytes of arguments, as JSON; far above anything that is said or summed up in a conversation."""


@dataclass(slots=True, eq=False)
class _Carried:
    """What became of a call that goes on although whoever made it may be gone."""

    answer: Any = None
    error: Exception | None = None
    over: anyio.Event = field(default_factory=anyio.Event)


class Calls:
    """The calls of one session. Every tool makes its own through this."""

    def __init__(
        self,
        client: WebhookClient,
        *,
        tasks: TaskGroup,
        audit: Audit,
        call_limit: CallLimit,
        confirmation: Confirmation,
        apology: Apology,
        language: Language,
    ) -> None:
        self.language = language
        self._client = client
        self._tasks = tasks
        self._audit = audit
        self._call_limit = call_limit
        self._confirmation = confirmation
        self._apology = apology
        self._failed: tuple[str, str, str] | None = None
        """The tool, arguments and key of the last change that failed."""

    def refused(self, tool: str, why: str) -> ToolError:
        """Take down that a tool was called with what it cannot use; to be raised."""
        self._audit.note(tool, "refused")
        return ToolError(why)

    async def now(self, ctx: RunContext[Any], webhook: CallTarget, arguments: Mapping[str, Any]) -> str:
        """Call a webhook and return its answer; raises ToolError with what the model is to say."""
        self._check(ctx, webhook, arguments)
        return await self._made(ctx, webhook, arguments, "" if webhook.reads else self._key(webhook, arguments))

    async def after_a_yes(self, ctx: RunContext[Any], draft: Draft) -> ToolResult:
        """Read something back; `carry_out` does it. The model need not say anything now."""
        self._check(ctx, draft.webhook, draft.arguments)
        with self._audit.call(draft.webhook.name, draft.key) as entry:
            entry.outcome = "refused"
            await self._confirmation.read_back(ctx, draft)
            entry.outcome = "read back"
        return ToolResult(
            f"Not done yet. The human is hearing: {draft.sentence!r} Say nothing more now. When they have said yes, "
            f"call {CONFIRM}; only that does it. When they say no, do not. When they want it changed, call "
            f"{draft.webhook.name} again with the change.",
            reply_required=False,
        )

    async def carry_out(self, ctx: RunContext[Any]) -> str:
        """Do what was read back, if the human has said yes; raises ToolError with what the model is to do."""
        waiting = self._confirmation.waiting
        try:
            draft = await self._confirmation.confirmed()
        except ToolError:
            self._audit.note(waiting.webhook.name if waiting else CONFIRM, "refused", waiting.key if waiting else "")
            raise
        self._check(ctx, draft.webhook, draft.arguments, key=draft.key)
        self._confirmation.taken()
        answer = await self._made(ctx, draft.webhook, draft.arguments, draft.key)
        self._apology.offer(ctx, self.language.done)
        return f"{draft.webhook.name} is done; tell the human so. {answer}"

    def draft(
        self,
        webhook: CallTarget,
        arguments: Mapping[str, Any],
        *,
        sentence: str,
        read_out: frozenset[str],
        verbs: frozenset[str],
        names: frozenset[str] = frozenset(),
    ) -> Draft:
        """Something to be read back; what failed before keeps its key, so that the service can see that it is that."""
        return Draft(webhook, arguments, self._key(webhook, arguments), sentence, read_out, verbs, names)

    def _key(self, webhook: CallTarget, arguments: Mapping[str, Any]) -> str:
        if self._failed is not None and self._failed[:2] == (webhook.name, _text(arguments)):
            return self._failed[2]
        return uuid.uuid4().hex

    def _check(self, ctx: RunContext[Any], webhook: CallTarget, arguments: Mapping[str, Any], *, key: str = "") -> None:
        """Refuse what is too much: too many calls, or too long a one."""
        if left := self._call_limit.seconds_left():
            self._audit.note(webhook.name, "rate-limited", key)
            self._apology.offer(ctx, self.language.busy)
            raise ToolError(
                f"Not done: too many calls in a minute. It is possible again in {left:.0f} s. Say so in one short "
                "sentence, and do not try before."
            )
        size = len(_text(arguments).encode())
        if size > MOST_SENT:
            raise self.refused(
                webhook.name, f"Not done: {size} bytes are more than the {MOST_SENT} that can be sent. Shorten it."
            )

    async def _made(self, ctx: RunContext[Any], webhook: CallTarget, arguments: Mapping[str, Any], key: str) -> str:
        self._call_limit.take()
        try:
            if webhook.reads:
                answer = await self._call(webhook, arguments, key)
            else:
                answer = await self._carried(webhook, arguments, key)
        except (WebhookFault, ServerFault) as fault:
            self._apology.offer(ctx, self.language.in_doubt if _doubtful(webhook, fault) else self.language.sorry)
            raise ToolError(_failure(webhook, fault)) from None
        if answer is None:
            return "The service answered with nothing."
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        # JSON can hold half a character, which no request to a model can.
        return f"The service answered: {text.encode(errors='replace').decode()}"

    async def _carried(self, webhook: CallTarget, arguments: Mapping[str, Any], key: str) -> Any:
        """Make a change in a task of its own: whoever waits for it may be cancelled, the change must not be cut."""
        carried = _Carried()
        self._tasks.start_soon(self._carry, carried, webhook, arguments, key)
        await carried.over.wait()
        if carried.error is not None:
            raise carried.error
        return carried.answer

    async def _carry(self, carried: _Carried, webhook: CallTarget, arguments: Mapping[str, Any], key: str) -> None:
        # Bounded by the webhook's own limit.
        with anyio.CancelScope(shield=True):
            try:
                carried.answer = await self._call(webhook, arguments, key)
                self._failed = None
            except (WebhookFault, ServerFault) as fault:
                carried.error = fault
                self._failed = (webhook.name, _text(arguments), key)
            finally:
                carried.over.set()

    async def _call(self, webhook: CallTarget, arguments: Mapping[str, Any], key: str) -> Any:
        with self._audit.call(webhook.name, key) as entry:
            try:
                answer = await self._answer(webhook, arguments, key)
            except (WebhookFault, ServerFault) as fault:
                kind = "webhook" if isinstance(webhook, Webhook) else "MCP server"
                happened = fault.happened if isinstance(fault, ServerFault) else fault.what
                advice = fault.fix or "nothing more is known"
                log.warning("the %s of %s (%s) %s: %s", kind, webhook.name, webhook.source, happened, advice)
                raise
            entry.outcome = "ok"
            return answer

    async def _answer(self, target: CallTarget, arguments: Mapping[str, Any], key: str) -> Any:
        if isinstance(target, Webhook):
            return await self._client.call(target, arguments, key=key)
        return await target.call(arguments)


def _text(arguments: Mapping[str, Any]) -> str:
    return json.dumps(arguments, sort_keys=True)


def _doubtful(webhook: CallTarget, fault: WebhookFault | ServerFault) -> bool:
    return fault.in_doubt and not webhook.reads


def _failure(webhook: CallTarget, fault: WebhookFault | ServerFault) -> str:
    """What the model is told, and told to say."""
    failed = f"{webhook.name} failed: the service behind it {fault.what}."
    if isinstance(fault, ServerFault) and fault.told:
        failed = f"{failed} It says: {fault.told}."
    if webhook.reads:
        known = "Nothing was found out: do not make up an answer."
    elif fault.in_doubt:
        known = "It is not known whether it was done anyway: say that, too."
    else:
        known = "Nothing was done."
    return (
        f"{failed} {known} Apologise to the human in one short sentence, and offer to try again or other help. "
        f"Call {webhook.name} again only when they ask for it."
    )
