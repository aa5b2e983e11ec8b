"""Speech to text for one human, the same from outside whether the provider streams or takes whole segments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from livekit import rtc
from livekit.agents import stt

from mcp_voice.room.passages import Passages
from mcp_voice.room.streaming import Streaming
from mcp_voice.room.stt_calls import Emit, Fault

__all__ = ["Recognition", "recognition"]


class Recognition(Protocol):
    """What an ear needs of a recogniser."""

    def push(self, frame: rtc.AudioFrame) -> None:
        """Every frame of the microphone, as it comes."""

    def speech_started(self, at: float) -> None:
        """Voice activity began."""

    def speech_stopped(self, segment: Sequence[rtc.AudioFrame], at: float) -> None:
        """Voice activity ended; ``segment`` is its audio with some lead."""

    def turn_over(self) -> None:
        """The turn has ended: what follows is read apart from it."""

    async def run(self) -> None:
        """Read until cancelled, or finished."""

    async def finish(self) -> None:
        """Nothing more will be pushed; wait until everything is read."""


def recognition(identity: str, engine: stt.STT[Any], emit: Emit, fault: Fault) -> Recognition:
    """The way to listen that suits the provider."""
    kind = Streaming if engine.capabilities.streaming else Passages
    return kind(identity, engine, emit, fault)
