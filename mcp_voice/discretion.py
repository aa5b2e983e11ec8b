"""What must not reach a log: words that people said or are told, and LiveKit's tokens."""

from __future__ import annotations

import re

__all__ = ["SPEECH_LOGGERS", "discreet", "speaks", "without_tokens"]

SPEECH_LOGGERS = ("livekit", "livekit.agents", "livekit.plugins", "openai", "anthropic", "httpx2", "httpcore2", "mcp")
"""At DEBUG these write down what was said, asked or transcribed."""

SPOKEN_TEXT = re.compile(r"(no audio frames were pushed for text: )[^\n]*")
"""The one text that LiveKit makes part of an error's message, at any level."""
TOKEN = re.compile(r"eyJ[\w-]+\.[\w.-]+")


def without_tokens(text: str) -> str:
    """A text without JWTs, which LiveKit's own error texts contain."""
    return TOKEN.sub("…", text)


def discreet(text: str) -> str:
    """A text as it may be logged at any level."""
    return without_tokens(SPOKEN_TEXT.sub(r"\1…", text))


def speaks(logger: str) -> bool:
    """Whether a logger, or one that it is a child of, writes down what was said at DEBUG."""
    return any(logger == name or logger.startswith(f"{name}.") for name in SPEECH_LOGGERS)
