"""Each voice and each recogniser in the order of fallback: a phrase is spoken, and that very sound is read back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from mcp_voice.doctor.problem import told
from mcp_voice.doctor.speech import STT_SECONDS, TTS_SECONDS, read_back, spoken
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import SpeechDirection, Visit
from mcp_voice.errors import BadSettings
from mcp_voice.settings import listed
from mcp_voice.speech.catalogue import choose, preload
from mcp_voice.speech.offers import Choice
from mcp_voice_agent.doctor.ours import ours
from mcp_voice_agent.settings import AgentSettings

__all__ = ["recognisers", "voices"]

MOST = 8
CLOSE_SECONDS = 6.0
MOST_SECONDS = 60.0
"""Doctor waits no longer for a provider, whatever the settings allow."""


def voices(settings: AgentSettings) -> Sequence[Step]:
    """A check for each voice that the settings name, or for the one that they lead to."""
    return _steps(
        settings, "tts", "voice", _speaks, TTS_SECONDS + CLOSE_SECONDS, min(settings.tts_seconds, MOST_SECONDS)
    )


def recognisers(settings: AgentSettings) -> Sequence[Step]:
    """The same for speech to text."""
    limit = STT_SECONDS + CLOSE_SECONDS
    return _steps(settings, "stt", "speech to text", _listens, limit, min(settings.stt_seconds, MOST_SECONDS))


Check = Callable[..., Awaitable[Found]]


def _steps(
    settings: AgentSettings, direction: SpeechDirection, title: str, check: Check, limit: float, slowness: float
) -> Sequence[Step]:
    names = _names(settings, direction)
    return [
        Step(
            f"{direction}-{number}",
            f"{title} {number}" if len(names) > 1 else title,
            partial(check, name=name),
            limit,
            ("libraries",),
            slowness=lambda _: slowness,
        )
        for number, name in enumerate(names, start=1)
    ]


def _names(settings: AgentSettings, direction: SpeechDirection) -> list[str]:
    wanted, common = (settings.agent_stt, settings.stt) if direction == "stt" else (settings.agent_tts, settings.tts)
    return listed(wanted)[:MOST] or [common]


async def _speaks(visit: Visit, *, name: str) -> Found:
    choice = await _chosen(visit, "tts", name)
    found = await spoken(visit, choice)
    return Found(f"{choice.label}: {found.detail}", found.doubts)


async def _listens(visit: Visit, *, name: str) -> Found:
    choice = await _chosen(visit, "stt", name)
    found = await read_back(visit, choice)
    return Found(f"{choice.label}: {found.detail}", found.doubts)


async def _chosen(visit: Visit, direction: SpeechDirection, name: str) -> Choice:
    settings = ours(visit)
    own = settings.agent_stt if direction == "stt" else settings.agent_tts
    if own:
        visit.speech_variables = {**visit.speech_variables, direction: f"MCP_VOICE_AGENT_{direction.upper()}"}
    try:
        choice = choose(settings.model_copy(update={direction: name}), direction)
    except BadSettings as error:
        raise told("bad-choice", error) from None
    await preload(choice)
    return choice
