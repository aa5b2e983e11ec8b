"""Which speech providers the settings lead to, and why."""

from __future__ import annotations

from mcp_voice.doctor.problem import told
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice.errors import BadSettings
from mcp_voice.speech.catalogue import Direction, choose
from mcp_voice.speech.offers import Choice

__all__ = ["CHOICES"]


async def stt_choice(visit: Visit) -> Found:
    """Speech to text."""
    visit.stt = _chosen(visit, "stt")
    return Found(f"{visit.stt.label} ({visit.stt.why})")


async def tts_choice(visit: Visit) -> Found:
    """Text to speech."""
    visit.tts = _chosen(visit, "tts")
    return Found(f"{visit.tts.label} ({visit.tts.why})")


def _chosen(visit: Visit, direction: Direction) -> Choice:
    try:
        return choose(visit.settings, direction)
    except BadSettings as error:
        raise told("bad-choice", error) from None


CHOICES = (
    Step("stt-choice", "chosen for listening", stt_choice, 1.0, ("settings",)),
    Step("tts-choice", "chosen for speaking", tts_choice, 1.0, ("settings",)),
)
