"""Tools made of what is declared in a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from livekit.agents import RunContext, ToolResult, function_tool, llm

from mcp_voice_agent.settings import AgentSettings
from mcp_voice_agent.webhooks.calls import Calls
from mcp_voice_agent.webhooks.consent import names_in
from mcp_voice_agent.webhooks.declaration import VARIABLE, Declaration
from mcp_voice_agent.webhooks.language import Language
from mcp_voice_agent.webhooks.read_back import NotReadable, ReadBack, read_back, readable
from mcp_voice_agent.webhooks.webhook import Webhook

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

__all__ = ["declared_tool"]

MOST_FAULTS = 3


def declared_tool(calls: Calls, declared: Declaration, settings: AgentSettings) -> llm.Tool:
    """The tool of one entry: its arguments are checked, read back if a yes is needed, and sent as they are."""
    # A seventh of a second, for those only who declare webhooks.
    from jsonschema.validators import Draft202012Validator  # noqa: PLC0415
    from referencing import Registry  # noqa: PLC0415

    webhook = Webhook(
        declared.name,
        declared.address(settings.webhook_url),
        VARIABLE,
        method=declared.method,
        reads=declared.read,
        seconds=declared.seconds or settings.webhook_seconds,
        ok_when=declared.ok_when,
    )
    # An empty registry, because the default one fetches what a schema refers to.
    check = Draft202012Validator(declared.parameters, registry=Registry())
    verbs = names_in(declared.name.replace("_", " ").replace("-", " "))

    async def run(raw_arguments: dict[str, object], ctx: RunContext[None]) -> str | ToolResult:
        faults = sorted(check.iter_errors(raw_arguments), key=lambda error: list(map(str, error.absolute_path)))
        if faults:
            told = "; ".join(_told(fault) for fault in faults[:MOST_FAULTS])
            raise calls.refused(
                declared.name, f"Not done: {told}. Correct it, or ask the human for what is missing or wrong."
            )
        if not declared.confirmed:
            return await calls.now(ctx, webhook, raw_arguments)
        try:
            asked = _asked(declared, raw_arguments, calls.language)
        except NotReadable as error:
            raise calls.refused(declared.name, f"Not prepared: {error}") from None
        draft = calls.draft(webhook, raw_arguments, sentence=asked.sentence, read_out=asked.read_out, verbs=verbs)
        return await calls.after_a_yes(ctx, draft)

    note = " It is read back to the human, and done once they have said yes and you have called confirm_action."
    return function_tool(
        run,
        raw_schema={
            "name": declared.name,
            "description": declared.description + (note if declared.confirmed else ""),
            "parameters": declared.parameters,
        },
    )


def _told(fault: ValidationError) -> str:
    """What is wrong, without the value: it may be something that was said, and errors reach logs."""
    where = ".".join(map(str, fault.absolute_path)) or "the arguments"
    if fault.validator in {"required", "additionalProperties", "dependentRequired"}:
        return f"{where}: {fault.message}"
    return f"{where} must fit {fault.validator}: {fault.validator_value!r}"


def _asked(declared: Declaration, arguments: Mapping[str, object], language: Language) -> ReadBack:
    """The question, in the operator's own words if there are any: they then choose which arguments are read out."""
    action = declared.name.replace("_", " ").replace("-", " ")
    if not declared.read_back:
        return read_back(action, arguments, language)
    values = readable({name: value for name, value in arguments.items() if name in declared.fields})
    sentence = declared.read_back.format_map(dict.fromkeys(declared.fields, "") | values)
    return ReadBack(sentence, names_in(" . ".join(values.values()) or action))
