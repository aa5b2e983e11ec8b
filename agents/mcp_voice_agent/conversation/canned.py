"""A sentence that is turned into sound beforehand, so that it can be said when the voice itself has failed."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence

import anyio
from livekit import rtc
from livekit.agents import APIConnectOptions

from mcp_voice.speech.catalogue import make_tts, preload
from mcp_voice.speech.offers import Choice
from mcp_voice_agent.models.pipeline import choices
from mcp_voice_agent.settings import AgentSettings

__all__ = ["prepared", "replayed"]

log = logging.getLogger(__name__)

VOICE_SECONDS = 8.0
"""What one voice may take for a sentence."""
ONCE = APIConnectOptions(max_retry=0, timeout=VOICE_SECONDS)
OFFLINE = Choice("tts", "offline", "", "", "needs nobody else")


async def prepared(settings: AgentSettings, text: str) -> Sequence[rtc.AudioFrame]:
    """The sentence in the voice of the settings, else in that of a fallback, at last of espeak-ng on this machine.

    Gives no frames where nobody can speak; never raises.
    """
    # Made anew: an error of the conversation's own voice would count as one of the conversation.
    for choice in (*choices(settings, "tts"), OFFLINE):
        try:
            with anyio.fail_after(VOICE_SECONDS):
                return await _spoken(settings, choice, text)
        except Exception as error:  # noqa: BLE001  # whatever a provider raises, the next one may speak
            log.warning("%s cannot prepare the sentence for failures: %s", choice.label, type(error).__name__)
    return ()


async def _spoken(settings: AgentSettings, choice: Choice, text: str) -> Sequence[rtc.AudioFrame]:
    await preload(choice)
    voice = make_tts(settings, choice)
    try:
        async with voice.synthesize(text, conn_options=ONCE) as stream:
            frames = [event.frame async for event in stream]
    finally:
        with anyio.move_on_after(1.0, shield=True):
            await voice.aclose()
    if not frames:
        raise ValueError("no sound")
    return frames


async def replayed(frames: Sequence[rtc.AudioFrame]) -> AsyncIterator[rtc.AudioFrame]:
    """The frames one by one, as a session takes them."""
    for frame in frames:
        yield frame
