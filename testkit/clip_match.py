"""Recognition by comparison: which words of which known clips are in a piece of audio.

Instead of a made-up script, the stand-ins for a speech-to-text provider look up what really arrived, so that a crossed,
missing or cut answer shows in the text. Robust to resampling, Opus, room noise and level.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mcp_voice.audio import Pcm
from testkit.clips import Clip, Word, load_clips
from testkit.warping import likeness

__all__ = ["AUDIBLE_RMS", "ClipMatch", "Island", "islands"]

RATE = 16_000
HOP = 160
WINDOW = 400
HOP_SECONDS = HOP / RATE
BANDS = 24
LOWEST_HZ, HIGHEST_HZ = 150.0, 6000.0
FLOOR_RMS = 60.0
"""What is softer than this in a band counts as nothing: twice the level of the room noise."""
AUDIBLE_RMS = 150.0
AUDIBLE_SHARE = 0.03
GAP_SECONDS = 0.12
"""Longer silence than a stop consonant's: the sound falls into two islands, which may be of two clips."""
SHORTEST_SECONDS = 0.03
EDGE_SECONDS = 0.02
SLACK = 0.25
"""Share of a word by which its middle may lie outside an island: soft consonants at its ends do."""
SLACK_SECONDS = 0.04
"""At least that for a clip's first word, if it is short: a jitter buffer drops as much to catch up."""
MEAN_SHARE = 0.9
"""How much of the loudness is taken away, so that the shape of the spectrum decides."""
LEAST_SHARE = 0.3
"""A clip that is softer than this share of what is wanted does not fit, however well the shape does."""
LEAST_SCORE = 0.93
"""Similarity (0 to 1) that makes a passage of a clip. The right one gives 0.985 and more through Opus, a wrong one at
most 0.9 unless it is a word or two long."""
STRETCHED_SCORE, STRETCHED_LEAD, STRETCHED_SECONDS = 0.84, 0.06, 0.8
"""A jitter buffer under load stretches sound by up to a fifth, which costs the right clip 0.1: then it must be well
ahead of any other words, and not short."""

PIECE_SECONDS = 0.3
"""Where an island as a whole fits nowhere, pieces of this length are compared on their own."""
TORN_SHARE = 0.6
"""Of a word that is said again, at least so much sounds."""
TORN_SECONDS = 0.3
"""How far pieces may have moved against each other."""
WARPED_SCORE, WARPED_LEAD = 0.89, 0.06
"""A short clip is compared however unevenly time runs in it (see ``warping``); it must be well ahead, too."""
MOST_WARPED = 12
"""Clips that are compared in that way: those that fit best without it."""
WARPED_SECONDS, WARPED_SHARE = 1.2, 0.4
"""Up to which length that is done, and how much longer or shorter a clip may be."""

Features = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Island:
    """A stretch of sound, in seconds from the beginning of the audio."""

    start: float
    end: float


class _Passage:
    """Features of a piece of sound, with their spectra as far as they were needed."""

    def __init__(self, features: Features) -> None:
        self.length = features.shape[1]
        self.energy = np.concatenate([[0.0], np.cumsum(np.sum(np.square(features), axis=0))])
        self._features = features
        self._spectra: dict[int, NDArray[np.complex64]] = {}

    def spectrum(self, size: int) -> NDArray[np.complex64]:
        """Along time, for a correlation of that size; shape (bands, size / 2 + 1)."""
        if size not in self._spectra:
            self._spectra[size] = np.fft.rfft(self._features, size).astype(np.complex64)
        return self._spectra[size]

    @property
    def features(self) -> Features:
        """Shape (bands, frames of 10 ms)."""
        return self._features

    def best(self, wanted: _Passage) -> tuple[float, float]:
        """Similarity, and the place in this passage (seconds) where ``wanted`` fits best; it may stick out."""
        size = 1 << (wanted.length + self.length).bit_length()
        products = np.fft.irfft(np.einsum("bf,bf->f", self.spectrum(size), np.conj(wanted.spectrum(size))), size)
        lags = np.arange(1 - wanted.length, self.length)
        energy = self.energy[np.clip(lags + wanted.length, 0, self.length)] - self.energy[np.clip(lags, 0, self.length)]
        own = float(wanted.energy[-1])
        scores = products[lags] / np.sqrt(np.maximum(energy, LEAST_SHARE * own) * own + 1e-9)
        best = int(np.argmax(scores))
        return float(scores[best]), float(lags[best]) * HOP_SECONDS


class ClipMatch:
    """Knows the clips in ``testkit/speech`` and whatever else it was taught."""

    def __init__(self, clips: Iterable[Clip] | None = None) -> None:
        known = load_clips() if clips is None else clips
        self._known = [(_Passage(_features(each.pcm)), each.words) for each in known]

    def learn(self, text: str, pcm: Pcm) -> None:
        """Recognise this sound too; its words are taken to be as long as they are written."""
        self.learn_joined([(text, pcm)])

    def learn_joined(self, parts: Sequence[tuple[str, Pcm]]) -> None:
        """Recognise a sentence without a pause between its parts; the words of each part lie in its own sound."""
        words: list[Word] = []
        began = 0.0
        for text, pcm in parts:
            words += _laid_out(text, *(began + place for place in pcm.voiced()))
            began += pcm.seconds
        first, *others = [pcm for _, pcm in parts]
        self._known.append((_Passage(_features(first.joined(*others))), tuple(words)))

    def words(self, pcm: Pcm) -> str:
        """The words that are in the audio, in their order; sound that is in no clip gives none."""
        audio = pcm.resampled(RATE)
        found = list(self._search(_features(audio), islands(audio)))
        # A word that falls into two islands is found in both.
        return " ".join(word.text for word, before in zip(found, [None, *found], strict=False) if word is not before)

    def _search(self, features: Features, found: list[Island]) -> Iterator[Word]:
        if not found or not self._known:
            return
        start, end = found[0].start, found[-1].end
        # The edges are left out: the clip may go on there where this sound was cut.
        first, last = round((start + EDGE_SECONDS) / HOP_SECONDS), round((end - EDGE_SECONDS) / HOP_SECONDS)
        wanted = _Passage(features[:, first : max(first + 1, last)])
        fits = sorted(((*known.best(wanted), words, known) for known, words in self._known), key=lambda fit: -fit[0])
        score, lag, words, _ = fits[0]
        said = [word.text for word in words]
        other = next((fit[0] for fit in fits if [word.text for word in fit[2]] != said), 0.0)
        stretched = score >= max(STRETCHED_SCORE, other + STRETCHED_LEAD) and end - start >= STRETCHED_SECONDS
        shift = lag - first * HOP_SECONDS
        # A short word beside long ones hardly lowers the score: sound outside the clip is of another one.
        inside = len(found) == 1 or all(_within(island, words, shift) for island in found)
        if inside and (score >= LEAST_SCORE or stretched):
            yield from _inside(words, start + shift, end + shift)
            return
        parts = list[Word]()
        if len(found) > 1:
            parts = self._search_apart(features, found)
        elif end - start >= 2 * PIECE_SECONDS:
            parts = self._piece_together(features, first, last)
        yield from parts or _warped(wanted, [(known, words) for _, _, words, known in fits])

    def _search_apart(self, features: Features, found: list[Island]) -> list[Word]:
        """The words of what stands before and after the longest pause."""
        gaps = [later.start - earlier.end for earlier, later in pairwise(found)]
        split = gaps.index(max(gaps)) + 1
        parts = (found[:split], found[split:])
        before, after = (list(self._search(features, part)) for part in parts)
        return _joined(before, after, *map(_sounding, parts)) if max(gaps) < TORN_SECONDS else before + after

    def _piece_together(self, features: Features, first: int, last: int) -> list[Word]:
        """The words of an island whose time was stretched or torn on its way, as a starved network path does."""
        cuts = np.linspace(first, last, round((last - first) * HOP_SECONDS / PIECE_SECONDS) + 1).round().astype(int)
        pieces = [_Passage(features[:, begin:end]) for begin, end in pairwise(cuts)]
        best_score, best_words = LEAST_SCORE, list[Word]()
        for known, words in self._known:
            scores, lags = np.array([known.best(piece) for piece in pieces]).T
            shifts = lags - cuts[:-1] * HOP_SECONDS
            fits = np.abs(shifts - np.median(shifts)) <= TORN_SECONDS
            score = float(np.mean(scores * fits))
            if score >= best_score:
                begin, end = float(np.min(lags[fits])), float(np.max((shifts + cuts[1:] * HOP_SECONDS)[fits]))
                best_score, best_words = score, _inside(words, begin - EDGE_SECONDS, end + EDGE_SECONDS)
        return best_words


def _warped(wanted: _Passage, candidates: Sequence[tuple[_Passage, tuple[Word, ...]]]) -> tuple[Word, ...]:
    """The words of a short clip whose time runs unevenly in what was heard; none where no clip is well ahead."""
    if wanted.length * HOP_SECONDS > WARPED_SECONDS:
        return ()
    alike = [each for each in candidates if abs(each[0].length - wanted.length) <= WARPED_SHARE * wanted.length]
    scores = [(likeness(wanted.features, known.features), words) for known, words in alike[:MOST_WARPED]]
    best, words = max(scores, key=lambda score: score[0], default=(0.0, ()))
    said = [word.text for word in words]
    other = max((score for score, others in scores if [word.text for word in others] != said), default=0.0)
    return words if best >= max(WARPED_SCORE, other + WARPED_LEAD) else ()


def _laid_out(text: str, start: float, end: float) -> list[Word]:
    """Its words between two instants in seconds, each as long as it is written."""
    each = (end - start) / max(1, len(text))
    words: list[Word] = []
    position = 0
    for word in text.split():
        position = text.index(word, position)
        words.append(Word(word, start + position * each, start + (position + len(word)) * each))
        position += len(word)
    return words


def _inside(words: tuple[Word, ...], begin: float, end: float) -> list[Word]:
    """Those that sound between two places of their clip."""
    found: list[Word] = []
    for word in words:
        slack = max(SLACK * (word.end - word.start), SLACK_SECONDS if word is words[0] else 0.0)
        if begin - slack <= _middle(word) <= end + slack:
            found.append(word)
    return found


def _within(island: Island, words: tuple[Word, ...], shift: float) -> bool:
    """Whether it sounds where words of a clip do."""
    return island.start + shift < words[-1].end and words[0].start < island.end + shift


def _joined(before: list[Word], after: list[Word], before_seconds: float, after_seconds: float) -> list[Word]:
    """Both, but the words in which they were torn apart only once: those that were played again after the tear.

    Of a word that was torn, too little may be left to tell whose clip it is of: then its text decides.
    """
    for size in range(min(len(before), len(after)), 0, -1):
        if all(one is other for one, other in zip(before[-size:], after[:size], strict=True)):
            return before + after[size:]
    if before and after and before[-1].text == after[0].text:
        if len(after) == 1 and after_seconds < TORN_SHARE * _length(after[0]):
            return before
        if len(before) == 1 and before_seconds < TORN_SHARE * _length(before[0]):
            return after
    return before + after


def _sounding(found: Sequence[Island]) -> float:
    """Seconds of sound."""
    return sum(each.end - each.start for each in found)


def _length(word: Word) -> float:
    return word.end - word.start


def _middle(word: Word) -> float:
    return (word.start + word.end) / 2


def islands(pcm: Pcm) -> list[Island]:
    """The stretches of sound in the audio, parted by more than 0.12 s of silence."""
    levels = pcm.levels()
    audible = np.flatnonzero(levels > max(AUDIBLE_RMS, AUDIBLE_SHARE * levels.max(initial=0.0)))
    if not len(audible):
        return []
    parts = np.split(audible, np.flatnonzero(np.diff(audible) > round(GAP_SECONDS / 0.01)) + 1)
    found = [Island(float(part[0]) * 0.01, float(part[-1] + 1) * 0.01) for part in parts]
    return [each for each in found if each.end - each.start >= SHORTEST_SECONDS]


def _features(pcm: Pcm) -> Features:
    """Logarithmic band levels above the floor, less most of the loudness; shape (bands, frames of 10 ms)."""
    samples = pcm.resampled(RATE).samples.astype(np.float32)
    samples = np.pad(samples, (WINDOW // 2, WINDOW))
    count = (len(samples) - WINDOW) // HOP
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[: count * HOP : HOP]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(WINDOW), axis=1)))
    edges = np.unique(np.round(np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 1) * WINDOW / RATE).astype(int))
    # Sums between the edges; not as a matrix product, which would set several threads spinning.
    summed = np.add.reduceat(power[:, : edges[-1]], edges[:-1], axis=1) / np.diff(edges)
    floor = FLOOR_RMS**2 * float(np.sum(np.square(np.hanning(WINDOW))))
    bands = np.log1p(summed.T / floor)
    features: Features = (bands - bands.mean(axis=0) * MEAN_SHARE).astype(np.float32)
    return features
