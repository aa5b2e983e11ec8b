"""The clips in ``testkit/speech``: synthetic voices, whose words and their places are known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mcp_voice.audio import Pcm

__all__ = ["Clip", "Word", "clip", "load_clips"]

SPEECH = Path(__file__).with_name("speech")
WORD_TIMES = Path(__file__).with_name("word_times.json")
"""Made once by forced alignment with pocketsphinx, to 10 ms."""
FADE_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Word:
    """A word and where it sounds, in seconds from the beginning of its clip."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """One utterance of one voice; the sound has 0.4 to 0.6 s of silence at either end."""

    voice: str
    pcm: Pcm
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """What is said."""
        return " ".join(word.text for word in self.words)

    def part(self, first: int, last: int) -> Pcm:
        """The sound of the words number ``first`` up to, but not including, ``last``, cut tightly.

        To be joined with pauses into a sentence with a thinking pause.
        """
        start, end = self.words[first].start, self.words[:last][-1].end
        cut = self.pcm.cut(start, end)
        ramp = np.minimum(1.0, np.arange(len(cut.samples)) / (FADE_SECONDS * cut.rate))
        return Pcm((cut.samples * ramp * ramp[::-1]).astype(np.int16), cut.rate)


def load_clips() -> list[Clip]:
    """Every clip there is."""
    times = json.loads(WORD_TIMES.read_text(encoding="utf-8"))
    return [
        Clip(name.split("__")[0], Pcm.load(SPEECH / f"{name}.flac"), tuple(Word(*word) for word in words))
        for name, words in times.items()
    ]


def clip(text: str, *, voice: str = "") -> Clip:
    """The first clip of these words, by that voice (``flite-rms``, ``flite-slt``, ``flite-awb``) or by any."""
    found = [each for each in load_clips() if each.text.lower() == text.lower() and voice in ("", each.voice)]
    if not found:
        raise LookupError(f"No clip says {text!r}; testkit/word_times.json lists those there are.")
    return found[0]
