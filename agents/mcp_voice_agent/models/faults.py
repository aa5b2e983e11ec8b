"""Which part of a conversation an error of LiveKit's has cost."""

from __future__ import annotations

from typing import Literal

from livekit.agents import ErrorEvent, llm, stt, tts

__all__ = ["FailingPart", "failing_part"]

FailingPart = Literal["stt", "llm", "tts"]


def failing_part(event: ErrorEvent) -> FailingPart | None:
    """The part that has failed for good in this turn; None if it is tried again, or is none of the three."""
    error = event.error
    if not isinstance(error, stt.STTError | llm.LLMError | tts.TTSError) or error.recoverable:
        return None
    return "stt" if isinstance(error, stt.STTError) else "llm" if isinstance(error, llm.LLMError) else "tts"
