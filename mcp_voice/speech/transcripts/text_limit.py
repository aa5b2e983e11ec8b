"""How much text a stream may bring."""

from __future__ import annotations

import time

from mcp_voice.texts.foreign import LONGEST_TEXT

__all__ = ["RECOVERED", "TextLimit"]

RECOVERED = 100
"""Characters a second that a stream may bring beside these: four times as many as anybody says."""


class TextLimit:
    """Lets through as many characters of a stream as somebody can have said."""

    def __init__(self) -> None:
        self._left = float(LONGEST_TEXT)
        self._at = time.monotonic()

    def cut(self, text: str, now: float) -> str:
        """The text, or as much of it as is left."""
        self._left = min(LONGEST_TEXT, self._left + RECOVERED * (now - self._at))
        self._at = now
        allowed = text[: int(self._left)]
        self._left -= len(allowed)
        return allowed
