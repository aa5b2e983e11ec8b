"""Whether the rooms that are heard suffer: told at once, and taken back after a calm while."""

from __future__ import annotations

import math

from mcp_voice.capacity.measurement import Measurement

__all__ = ["Strain"]

LAG_SECONDS = 0.25
"""An event loop that is late by more harms turns: the shortest silence that they are judged by is 0.2 s."""
BEHIND_SECONDS = 0.5
"""Hearing that is behind by more answers late enough to be noticed."""
CALM_SHARE = 0.5
"""What may be left of either once it is calm again."""
CALM_SECONDS = 2.0
TWICE_SECONDS = 3.0
"""One stall alone is no strain (a model is loaded, another program starts); a second one within this time is."""


class Strain:
    """Fed with every measurement."""

    def __init__(self) -> None:
        self._stalls: list[float] = []
        self._strained = False
        self._troubled_at = -math.inf

    @property
    def strained(self) -> bool:
        """Whether what is heard already suffers."""
        return self._strained

    def measured(self, found: Measurement) -> None:
        """Take a measurement."""
        if found.lag > LAG_SECONDS or found.behind > BEHIND_SECONDS:
            self._stalls = [at for at in self._stalls if at > found.at - TWICE_SECONDS] + [found.at]
            self._strained = self._strained or len(self._stalls) > 1
        if found.lag > LAG_SECONDS * CALM_SHARE or found.behind > BEHIND_SECONDS * CALM_SHARE:
            self._troubled_at = found.at
        elif found.at >= self._troubled_at + CALM_SECONDS:
            self._strained = False

    def calm_in(self, now: float) -> float:
        """Seconds until it is calm, if nothing is late from now on."""
        return max(0.0, self._troubled_at + CALM_SECONDS - now)
