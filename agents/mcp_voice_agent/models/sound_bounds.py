"""No more and no less sound than an answer can have, also of a voice that takes the words one by one."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator

from livekit import rtc

from mcp_voice.outside_faults.fault import OutsideFault
from mcp_voice.outside_faults.speech import TOO_LONG, TOO_SHORT
from mcp_voice.speech.plausible import plausible

__all__ = ["SoundBounds"]

NOTHING = plausible("")


class SoundBounds:
    """Counts what goes into one voice and what comes out; made anew for each answer."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._most = NOTHING.most
        self._seconds = 0.0

    async def into(self, text: AsyncIterable[str]) -> AsyncIterator[str]:
        """The words, counted on their way to the voice."""
        async for part in text:
            self._text.append(part)
            self._most += plausible(part).most - NOTHING.most
            yield part

    async def out_of(self, frames: AsyncIterable[rtc.AudioFrame]) -> AsyncIterator[rtc.AudioFrame]:
        """The sound, up to where it cannot be that of the words; raises ValueError there.

        Whatever is silent altogether is left to the voice to tell.
        """
        async for frame in frames:
            self._seconds += frame.duration
            if self._seconds > self._most:
                raise ValueError(self._told(TOO_LONG, self._most))
            yield frame
        if 0 < self._seconds < plausible("".join(self._text)).least:
            raise ValueError(self._told(TOO_SHORT, self._seconds))

    def _told(self, fault: OutsideFault, seconds: float) -> str:
        filled = fault.filled(seconds=seconds, characters=self._characters())
        return f"the voice {filled.what}. {filled.fix}"

    def _characters(self) -> int:
        return sum(map(len, self._text))
