"""What hears that somebody speaks and that they are done, and whether a worker would start with these settings."""

from __future__ import annotations

from livekit.local_inference import init_eot

from mcp_voice.doctor.problem import Problem, told
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice.errors import BadSettings
from mcp_voice.speech.activity import voice_activity
from mcp_voice_agent.check import check
from mcp_voice_agent.doctor.ours import ours

__all__ = ["TURNS"]


async def turns(visit: Visit) -> Found:
    """Load both models, as each room's process does."""
    settings = ours(visit)
    try:
        voice_activity(settings.vad)
    except BadSettings as error:
        raise told("bad-choice", error) from None
    try:
        init_eot()
    except (OSError, RuntimeError, ValueError) as error:
        return Found(f"voice activity by {settings.vad}", [Problem("no-turn-model", why=type(error).__name__)])
    return Found(f"voice activity by {settings.vad}, end of turn by LiveKit's model on this machine")


async def starts(visit: Visit) -> Found:
    """Look at what a worker looks at before it starts: choices, declared tools, and what they refer to."""
    try:
        check(ours(visit))
    except BadSettings as error:
        raise told("bad-choice", error) from None
    return Found("nothing in the settings stops it")


TURNS = (
    Step("starts", "a worker would start", starts, 10.0, ("libraries",), repeats=True),
    Step("turns", "turns are noticed", turns, 15.0, ("libraries",)),
)
