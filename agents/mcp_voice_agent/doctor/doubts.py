"""What is odd about the companion's settings: what is set and does nothing, or stands where nobody reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mcp_voice.doctor.audit import audit, common_doubts, leads_away
from mcp_voice.doctor.problem import Problem
from mcp_voice.doctor.visit import Given
from mcp_voice.settings import env_file, listed, names, variable
from mcp_voice_agent.settings import AgentSettings

__all__ = ["doubts"]

MOST_NAMED = 8
WITHOUT: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("agent_config_token", "agent_config_id_pattern", "agent_config_seconds"), ("agent_config_url",)),
    (("webhook_secret", "webhook_signing_key", "webhook_email_path", "webhook_database_path"), ("webhook_url",)),
    (("webhook_seconds", "webhook_bytes"), ("webhook_url", "agent_tools_file", "agent_mcp_file")),
    (("agent_prometheus_dir",), ("agent_prometheus_port",)),
    (("agent_filler_seconds",), ("agent_filler",)),
    (("agent_away_message",), ("agent_away_seconds",)),
    (("agent_interruption_seconds", "agent_interruption_words", "agent_resume"), ("agent_interruptions",)),
)
"""Settings that do nothing unless one of the others is set."""
PROVIDERS = ("groq", "anthropic")
"""Those whose key is for language models only."""


def doubts(settings: AgentSettings, given: Given) -> Iterator[Problem]:
    """What can be used as it is, and still looks like a mistake."""
    yield from common_doubts(settings, given)
    yield from _ignored_files()
    found = [each.field for each in audit(given, AgentSettings) if each.source]
    for fields, needed in WITHOUT:
        if not any(_is_on(settings, each) for each in needed):
            others = " and ".join(_name(each) for each in needed)
            verb = "is" if len(needed) == 1 else "are"
            yield from (_idle(each, f"{others} {verb} not set") for each in fields if each in found)
    if not _may_be_realtime(settings):
        mode = "MCP_VOICE_AGENT_MODE is pipeline, and no configuration of a room can change that"
        yield from (_idle(each, mode) for each in ("agent_realtime_model", "realtime_base_url") if each in found)
    named = listed(settings.agent_llm)
    for provider in PROVIDERS:
        if (
            named
            and f"{provider}_api_key" in found
            and not _is_named(provider, named)
            and not settings.agent_config_url
        ):
            yield _idle(f"{provider}_api_key", f"MCP_VOICE_AGENT_LLM names no model of {provider}")
    url = settings.webhook_url
    if url.startswith("http://") and leads_away(url) and settings.webhook_secret.get_secret_value():
        yield Problem("webhook-unencrypted")


def _is_on(settings: AgentSettings, field: str) -> bool:
    return bool(getattr(settings, field))


def _may_be_realtime(settings: AgentSettings) -> bool:
    return settings.agent_mode == "realtime" or bool(settings.agent_config_url)


def _is_named(provider: str, models: Sequence[str]) -> bool:
    return any(each.partition("/")[0].strip() == provider for each in models)


def _idle(field: str, why: str) -> Problem:
    return Problem("unused-setting", variable=_name(field), why=why)


def _name(field: str) -> str:
    return variable(field, AgentSettings)


def _ignored_files() -> Iterator[Problem]:
    """The folder's own files are not read by a worker: whoever wrote settings there is told."""
    if env_file.environment().get(env_file.VARIABLE):
        return
    ours = {name for field in AgentSettings.model_fields for name in names(field, AgentSettings)}
    for file in env_file.IN_FOLDER:
        try:
            there = [name for name in env_file.set_values(file) if name in ours]
        except env_file.Unreadable:
            continue
        if there:
            more = f" and {len(there) - MOST_NAMED} more" if len(there) > MOST_NAMED else ""
            yield Problem(
                "ignored-file", file=file.name, path=file.absolute(), names=", ".join(there[:MOST_NAMED]) + more
            )
