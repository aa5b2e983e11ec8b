"""What a streaming recogniser tells of the sound that arrives, and when; without a clock.

It knows only what has arrived. Words come some time after they were heard, the one that is being spoken not at all, and
once a silence has lasted the words so far are final. Instants are ``time.monotonic()`` seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mcp_voice.audio import Pcm, Samples
from testkit.clip_match import AUDIBLE_RMS, GAP_SECONDS

__all__ = ["StreamingEars", "Told"]

WINDOW_SECONDS = 0.01
ONSET_WINDOWS = 3
VOICED_SHARE = 0.05
"""Of the loudest so far: below it a voice has faded, as a synthetic human's microphone counts it."""
FADED_WINDOWS = 5
"""Silence in which the last word is taken to be over."""
INTERIM_SECONDS = 0.2
"""From when words were heard until they are told, while somebody speaks."""
BETWEEN_INTERIMS_SECONDS = 0.1
FINAL_SECONDS = 0.15
"""From the end of speech until its words are told for good."""
BEFORE_SECONDS = 0.3
"""Sound that is kept from before a voice was noticed."""


TORN_SECONDS = 0.3
"""Within which the same word again is the rest of it."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something to be told at ``due_at``; ``start`` and ``end`` are seconds in the sound of the whole connection."""

    kind: Literal["started", "interim", "final"]
    due_at: float
    segment: int
    heard_at: float = 0.0
    """When the last of the speech would have arrived, had each sample been sent as soon as there was one."""
    text: str = ""
    start: float = 0.0
    end: float = 0.0


class StreamingEars:
    """Listens to one connection; ``endpointing`` is the silence, in seconds, that its client wants an end for.

    A gap as short as a stop consonant's is none, whatever the client wants.
    """

    def __init__(self, recognise: Callable[[Pcm], str], *, rate: int, endpointing: float) -> None:
        self._recognise = recognise
        self.rate = rate
        self._window = round(WINDOW_SECONDS * rate)
        self._gap_windows = round(max(endpointing, GAP_SECONDS) / WINDOW_SECONDS)
        self._samples = np.zeros(0, dtype=np.int16)
        self._began = 0.0
        """Where in the connection's sound the kept samples begin, in seconds."""
        self._looked = self._loud = self._voiced = 0
        self._loudest = self._heard_at = self._interim_at = 0.0
        self._speaking = False
        self._last_word, self._onset, self._ended = "", 0.0, 0.0
        self.segment = 0

    def take(self, samples: Samples, at: float) -> Iterator[Told]:
        """Hear more, which arrived at that instant."""
        self._samples = np.concatenate([self._samples, samples])
        while self._looked + self._window <= len(self._samples):
            if self._hear_window(at - (len(self._samples) - self._looked - self._window) / self.rate):
                yield Told("started", at, self.segment)
            if self._speaking and self._silent_windows >= self._gap_windows:
                yield self._final(max(at, self._heard_at + FINAL_SECONDS))
        if self._speaking and at >= self._interim_at + BETWEEN_INTERIMS_SECONDS:
            self._interim_at = at
            if text := self._words_so_far():
                yield self._told("interim", text, at + INTERIM_SECONDS)
        if not self._speaking:
            self._forget(self._looked - round(BEFORE_SECONDS * self.rate))

    def finalize(self, at: float) -> Iterator[Told]:
        """Make the words so far final now."""
        if self._speaking:
            yield self._final(at)

    @property
    def _silent_windows(self) -> int:
        return (self._looked - self._voiced) // self._window

    def _hear_window(self, at: float) -> bool:
        """Look at the next window, which ended then; gives whether somebody has begun to speak in it."""
        window = self._samples[self._looked : self._looked + self._window].astype(np.float64)
        self._looked += self._window
        level = float(np.sqrt(np.mean(np.square(window))))
        if level <= max(AUDIBLE_RMS, VOICED_SHARE * self._loudest):
            self._loud = 0
            return False
        self._loud += 1
        self._loudest = max(self._loudest, level)
        self._voiced, self._heard_at = self._looked, at
        begins = not self._speaking and self._loud >= ONSET_WINDOWS
        if begins:
            self._speaking, self._onset = True, self._began + self._looked / self.rate
        return begins

    def _words_so_far(self) -> str:
        words = self._recognise(Pcm(self._samples, self.rate)).split()
        return " ".join(words if self._silent_windows >= FADED_WINDOWS else words[:-1])

    def _final(self, due_at: float) -> Told:
        told = self._told("final", self._whole(self._recognise(Pcm(self._samples[: self._looked], self.rate))), due_at)
        self._ended = told.end
        self._speaking = False
        self._loud, self._loudest = 0, 0.0
        self._forget(self._looked)
        self.segment += 1
        return told

    def _whole(self, text: str) -> str:
        """Without the rest of a word that the last segment ended in the middle of: it was told then."""
        words = text.split()
        torn = words[:1] == [self._last_word] and self._onset < self._ended + TORN_SECONDS
        self._last_word = words[-1] if words else ""
        return " ".join(words[1:] if torn else words)

    def _told(self, kind: Literal["interim", "final"], text: str, due_at: float) -> Told:
        end = self._began + self._voiced / self.rate
        return Told(kind, due_at, self.segment, self._heard_at, text, self._began, end)

    def _forget(self, count: int) -> None:
        if count > 0:
            self._samples = self._samples[count:]
            self._looked -= count
            self._voiced = max(0, self._voiced - count)
            self._began += count / self.rate
