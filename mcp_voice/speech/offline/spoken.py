"""One utterance for Moonshine: kept as it is spoken, and read when a pause begins, which may be its end.

What is read while somebody speaks gives the words so far. It takes no process that anybody waits for, and at most a
fifth of the time.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from livekit.agents import APIError
from livekit.agents.utils import aio

from mcp_voice.speech.cutting import LONGEST_SECONDS, OVERLAP_SECONDS, SETTLE_SECONDS, joined, pause_in
from mcp_voice.speech.noise import SAMPLE_RATE
from mcp_voice.speech.offline.partial_words import PartialWords
from mcp_voice.speech.offline.reader import Reader
from mcp_voice.speech.utterance import Recognised

__all__ = ["SpokenUtterance", "said"]

BYTES_PER_SECOND = SAMPLE_RATE * 2
PAUSE_SECONDS = 0.095
"""Three windows of voice activity. Between the words of a sentence hardly any gap is as long, and the words are there
before the silence is long enough to end the utterance."""
PARTIAL_SECONDS = 0.7
MOST_SHARE = 0.2
"""Of the time, for reading what is not over."""
LEAST_VOICE = 0.4
"""Seconds of voice without which "You" is what the model reads of any noise."""
ANY_NOISE = "you"


@dataclass(frozen=True, slots=True)
class _SoFar:
    """What was read of the audio up to a place (bytes), and whether it may have been all of it."""

    end: int
    whole: bool
    heard: Recognised


@dataclass(frozen=True, slots=True)
class _Cut:
    """Up to where a sound is read, and where the rest of it begins, in bytes."""

    end: int
    rest: int


class Read(Protocol):
    """As ``Reader.read``."""

    async def __call__(self, pcm: bytes, *, choices: Sequence[str] = (), whole: bool = True) -> Recognised:
        """The words; raises APIError."""


class SpokenUtterance:
    """Satisfies ``OpenUtterance``."""

    def __init__(self, read: Read, reader: Reader, *, choices: Sequence[str], show: Callable[[str], None]) -> None:
        """``show`` is told the words so far; ``reader`` tells whether somebody waits for what ``read`` would take."""
        self._read_sound = read
        self._reader = reader
        self._choices = tuple(choices)
        self._show = show
        self._partial = PartialWords()
        self._settled = ""
        self._overlaps = False
        """Whether what is not settled begins with sound that is."""
        self._pcm = bytearray()
        """What is not settled yet."""
        self._voice_end = 0
        self._voice_seconds = 0.0
        self._seconds = 0.0
        self._spent = 0.0
        self._reading: asyncio.Task[None] | None = None
        self._warming: asyncio.Task[None] | None = None
        self._last: _SoFar | None = None

    async def open(self) -> None:
        """Have a process ready by the end of the speech."""
        self._warming = asyncio.create_task(self._reader.warm())

    async def push(self, pcm: bytes, *, voice: float) -> None:
        """Hear on: int16 mono at 16 kHz, of which so many seconds, the last ones, are voice."""
        self._pcm += pcm
        self._seconds += len(pcm) / BYTES_PER_SECOND
        if voice:
            self._voice_seconds += voice
            self._voice_end = len(self._pcm)
        if not self.is_reading:
            self._begin_if_due()

    @property
    def is_reading(self) -> bool:
        """Whether what was said so far is being read."""
        return self._reading is not None and not self._reading.done()

    async def read_so_far(self) -> None:
        """Wait until it is."""
        if self._reading is not None:
            await asyncio.wait([self._reading])

    async def finish(self) -> Recognised:
        """The words; raises APIError."""
        if self._warming is not None:
            await asyncio.wait([self._warming])
        # What is under way is either what is wanted, or over soon.
        await self.read_so_far()
        read = self._last
        if read is not None and read.whole and read.end >= self._voice_end:
            heard = read.heard
        else:
            heard = await self._read_sound(bytes(self._pcm), choices=self._expected())
        text = joined(self._settled, heard.text, overlaps=self._overlaps)
        return Recognised(said(text, voice=self._voice_seconds), heard.source, "")

    async def aclose(self) -> None:
        """Stop reading; safe to call at any time."""
        await aio.cancel_and_wait(*filter(None, (self._warming, self._reading)))

    def _expected(self) -> Sequence[str]:
        return () if self._settled else self._choices

    def _begin_if_due(self) -> None:
        if not self._reader.is_idle or self._spent > MOST_SHARE * self._seconds:
            return
        end = self._last.end if self._last else 0
        silence = (len(self._pcm) - self._voice_end) / BYTES_PER_SECOND
        pauses = silence >= PAUSE_SECONDS and self._voice_end > end
        if pauses or len(self._pcm) - end >= PARTIAL_SECONDS * BYTES_PER_SECOND:
            self._reading = asyncio.create_task(self._read(bytes(self._pcm), whole=pauses))

    async def _read(self, pcm: bytes, *, whole: bool) -> None:
        began = time.monotonic()
        cut = _cut(pcm)
        try:
            heard = await self._read_sound(
                pcm[: cut.end] if cut else pcm, choices=self._expected() if whole else (), whole=whole and not cut
            )
        except APIError:
            return  # it is tried again at the end, and told then
        finally:
            self._spent += time.monotonic() - began
        if cut:
            self._settle(cut, heard.text)
        else:
            self._last = _SoFar(len(pcm), whole, heard)
            self._tell(heard.text)

    def _settle(self, cut: _Cut, text: str) -> None:
        """The audio up to there is read for good."""
        self._settled = joined(self._settled, text, overlaps=self._overlaps)
        self._overlaps = cut.rest < cut.end
        del self._pcm[: cut.rest]
        self._voice_end -= cut.rest
        self._last = None
        self._partial = PartialWords()
        self._show(self._settled)

    def _tell(self, text: str) -> None:
        settled = self._partial.read(text)
        if settled and _bare(settled) != ANY_NOISE:
            self._show(joined(self._settled, settled, overlaps=self._overlaps))


def _cut(pcm: bytes) -> _Cut | None:
    """Where to cut what is long; None while somebody may still pause."""
    if len(pcm) <= SETTLE_SECONDS * BYTES_PER_SECOND:
        return None
    if place := pause_in(np.frombuffer(pcm, np.int16).astype(np.float32)):
        return _Cut(2 * place, 2 * place)
    end = int(LONGEST_SECONDS * BYTES_PER_SECOND)
    return _Cut(end, end - int(OVERLAP_SECONDS * BYTES_PER_SECOND)) if len(pcm) >= end else None


def said(text: str, *, voice: float) -> str:
    """The words of an utterance with so many seconds of voice; nothing where they are what is read of a noise.

    The model ends every third short answer with a comma ("No,"), which would make it an unfinished one.
    """
    return "" if voice < LEAST_VOICE and _bare(text) == ANY_NOISE else text.rstrip().removesuffix(",")


def _bare(text: str) -> str:
    return re.sub(r"\W", "", text).lower()
