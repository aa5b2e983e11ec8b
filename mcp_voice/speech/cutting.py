"""Long speech in pieces: cut where somebody pauses, else where two pieces can be joined by the words in both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import Match

import numpy as np
from numpy.typing import NDArray

__all__ = ["LONGEST_SECONDS", "OVERLAP_SECONDS", "SETTLE_SECONDS", "ends_in_pause", "joined", "pause_in", "pieces"]

RATE = 16_000
LONGEST_SECONDS = 20.0
"""Of one decode: its work grows with the square of the length (5, 20, 44 s: 0.13, 0.98, 3.16 s of CPU)."""
SETTLE_SECONDS = 14.0
"""Speech that is longer is read in pieces while it goes on, each up to a pause: what is left at its end is short.

Where nobody pauses, as in music, a piece is as long as one decode, and the next one begins within it."""
SHORTEST_SECONDS = 6.0
"""A cut comes no earlier: words are read better with others around them."""
HOP_SECONDS = 0.01
PAUSE_SECONDS = 0.16
"""The closure of a consonant is shorter."""
HOP, WIDTH = int(HOP_SECONDS * RATE), round(PAUSE_SECONDS / HOP_SECONDS)
"""A hop in samples, a pause in hops."""
PAUSE_SHARE = 0.1
"""Of the loudness of speech (its 90th percentile), what counts as silence: -20 dB."""
OVERLAP_SECONDS = 2.0
"""Sound that two pieces have in common where nobody pauses: five words or so."""
COMPARED_WORDS = 8

FloatSamples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a sound, in samples from its beginning; ``overlaps`` where it begins with the end of the one before."""

    start: int
    end: int
    overlaps: bool = False


def pieces(samples: FloatSamples, *, longest: float = LONGEST_SECONDS) -> Iterator[Piece]:
    """Parts that cover the whole of it, none longer than ``longest`` seconds."""
    start, overlaps, most = 0, False, int(longest * RATE)
    while len(samples) - start > most:
        pause = pause_in(samples[start : start + most])
        end = start + (pause or most)
        yield Piece(start, end, overlaps)
        overlaps = pause is None
        start = end - int(OVERLAP_SECONDS * RATE) if overlaps else end
    yield Piece(start, len(samples), overlaps)


def pause_in(samples: FloatSamples) -> int | None:
    """The middle of the last pause after ``SHORTEST_SECONDS``, in samples; None where there is none."""
    quiet = _quiet(samples)
    if len(quiet) <= WIDTH:
        return None
    runs = np.convolve(quiet, np.ones(WIDTH), "valid") == WIDTH
    first = round(SHORTEST_SECONDS / HOP_SECONDS)
    places = np.flatnonzero(runs[first:]) + first
    return int(places[-1] + WIDTH // 2) * HOP if len(places) else None


def ends_in_pause(samples: FloatSamples) -> bool:
    """Whether whoever speaks pauses at the end of it."""
    quiet = _quiet(samples[len(samples) % HOP :])
    return len(quiet) > WIDTH and bool(quiet[-WIDTH:].all())


def _quiet(samples: FloatSamples) -> NDArray[np.bool_]:
    """Which hops are silence beside the speech."""
    count = len(samples) // HOP
    if not count:
        return np.zeros(0, np.bool_)
    hops = samples[: count * HOP].reshape(count, HOP).astype(np.float64)
    loudness = np.sqrt((hops**2).mean(axis=1))
    quiet: NDArray[np.bool_] = loudness < np.percentile(loudness, 90) * PAUSE_SHARE
    return quiet


def joined(before: str, after: str, *, overlaps: bool) -> str:
    """Two texts, with the words that both have in common once."""
    if not before or not after or not overlaps:
        return f"{before} {after}".strip()
    earlier, later = before.split(), after.split()
    tail, head = earlier[-COMPARED_WORDS:], later[:COMPARED_WORDS]
    same = _seam(_bare(tail), _bare(head))
    if same is None:
        return f"{before} {after}"
    kept = len(earlier) - len(tail) + same.a + same.size
    return " ".join([*earlier[:kept], *later[same.b + same.size :]])


def _seam(tail: list[str], head: list[str]) -> Match | None:
    """The run of equal words that has the fewest other words between itself and the cut, and is the longest.

    None where there are more of those others than of the equal ones, in both: they would be lost for a "the".
    """

    def fits(run: Match) -> int:
        return 2 * run.size - run.b - (len(tail) - run.a - run.size)

    runs = [
        Match(a, b, size)
        for a in range(len(tail))
        for b in range(len(head))
        for size in range(1, min(len(tail) - a, len(head) - b) + 1)
        if tail[a : a + size] == head[b : b + size]
    ]
    return max((run for run in runs if fits(run) >= 0), key=fits, default=None)


def _bare(words: list[str]) -> list[str]:
    return [re.sub(r"\W", "", word).lower() for word in words]
