"""Voice activity, whether somebody speaks now: Silero's model, run by LiveKit's own library or by its plugin.

Measured for each open microphone: 0.009 of a core with the library, which livekit-agents brings along, 0.021 with the
plugin and onnxruntime.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, Protocol

import anyio

from mcp_voice.errors import BadSettings
from mcp_voice.speech.plugins import load_plugin

if TYPE_CHECKING:
    from livekit.agents.vad import VAD, VADEvent
    from livekit.rtc import AudioFrame

__all__ = [
    "PLUGIN",
    "Detection",
    "Detections",
    "VoiceActivity",
    "check_voice_activity",
    "open_voice_activity",
    "voice_activity",
]

VoiceActivity = Literal["livekit", "silero"]

PLUGIN = "livekit.plugins.silero"
SILENCE_SECONDS = 0.25
"""Silence that ends speech. LiveKit's own default; the plugin's is 0.55, by which every answer would come later."""
LONGEST_SEGMENT = 60.0
SPEECH_SECONDS = 0.05
THRESHOLD = 0.5
"""LiveKit's own defaults."""


def check_voice_activity(kind: VoiceActivity) -> None:
    """Raise BadSettings where it asks for a plugin that is not installed."""
    if kind == "silero" and find_spec(PLUGIN) is None:
        raise BadSettings(
            "MCP_VOICE_VAD is silero, but livekit-plugins-silero is not installed.",
            fix="Install it beside mcp-voice (as in `uvx --from 'mcp-voice[silero]' mcp-voice`), or unset "
            "MCP_VOICE_VAD.",
        )


def voice_activity(
    kind: VoiceActivity,
    *,
    silence_seconds: float = SILENCE_SECONDS,
    speech_seconds: float = SPEECH_SECONDS,
    threshold: float = THRESHOLD,
    longest_segment: float = LONGEST_SEGMENT,
    executor: Executor | None = None,
) -> VAD:
    """Load the model, which takes up to a second; raises BadSettings.

    Speech has begun after ``speech_seconds`` of it, and is over after ``silence_seconds`` without; ``threshold``, from
    0 to 1, is how surely sound must be speech.
    ``longest_segment`` is what is kept of one person's speech, in seconds. ``executor``: whose threads run LiveKit's
    library, by default one thread a microphone; the plugin runs on those of the event loop.
    """
    check_voice_activity(kind)
    if kind == "silero":
        from livekit.plugins import silero  # noqa: PLC0415  # takes 0.3 s, and is not installed everywhere

        return silero.VAD.load(
            min_speech_duration=speech_seconds,
            min_silence_duration=silence_seconds,
            max_buffered_speech=longest_segment,
            activation_threshold=threshold,
        )
    from livekit.agents import inference  # noqa: PLC0415  # 3 s, for whoever only checks the settings

    return inference.VAD(
        min_speech_duration=speech_seconds,
        min_silence_duration=silence_seconds,
        max_buffered_speech=longest_segment,
        activation_threshold=threshold,
        executor=executor,
    )


class Detection(Protocol):
    """Voice activity of one microphone."""

    def push_frame(self, frame: AudioFrame) -> None:
        """Hear int16 mono."""

    def end_input(self) -> None:
        """Nothing more is to be heard; the events end."""

    async def aclose(self) -> None:
        """End."""

    def __aiter__(self) -> AsyncIterator[VADEvent]:
        """What begins and ends, and perhaps more."""


Detections = Callable[[], Detection]
"""Begins to hear a microphone."""


async def open_voice_activity(kind: VoiceActivity, *, silence_seconds: float, longest_segment: float) -> Detections:
    """The same for microphones at 16 kHz that are heard for hours, loaded without holding up the event loop."""
    check_voice_activity(kind)
    if kind == "silero":
        await load_plugin(PLUGIN)
        load = partial(voice_activity, kind, silence_seconds=silence_seconds, longest_segment=longest_segment)
        return (await anyio.to_thread.run_sync(load, abandon_on_cancel=True)).stream
    from mcp_voice.speech.voice_detector import VoiceDetector  # noqa: PLC0415  # 3 s, as above

    return partial(
        VoiceDetector,
        silence_seconds=silence_seconds,
        speech_seconds=SPEECH_SECONDS,
        threshold=THRESHOLD,
        longest_segment=longest_segment,
    )
