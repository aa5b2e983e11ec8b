"""The realtime model, where the settings or a room's configuration may request it."""

from __future__ import annotations

from mcp_voice.doctor.problem import Problem
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice.speech.openai_api import OPENAI_URL
from mcp_voice_agent.doctor.ours import ours

__all__ = ["REALTIME"]

PROBE_SECONDS = 10.0


async def realtime(visit: Visit) -> Found:
    """Open a session and close it again, in which nothing is said."""
    from mcp_voice_agent.models.realtime import Unavailable, probe  # noqa: PLC0415 - takes a second, and not all need it

    settings = ours(visit)
    base_url = settings.realtime_base_url or settings.openai_base_url or OPENAI_URL
    model = settings.agent_realtime_model
    try:
        await probe(base_url, settings.openai_api_key.get_secret_value(), model, limit=PROBE_SECONDS)
    except Unavailable as error:
        problem = Problem("realtime", why=str(error))
        if settings.agent_mode == "realtime":
            raise problem from None
        return Found("a room's configuration may request it", [problem])
    return Found(f"{model} begins a session")


def _may_be_used(visit: Visit) -> bool:
    settings = ours(visit)
    can = bool(settings.openai_api_key.get_secret_value() or settings.realtime_base_url)
    return settings.agent_mode == "realtime" or (can and bool(settings.agent_config_url))


REALTIME = (Step("realtime", "realtime model", realtime, PROBE_SECONDS + 4, ("libraries",), _may_be_used),)
