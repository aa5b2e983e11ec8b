"""Who speaks in tests of real recognisers: people, and synthetic voices that sound like people.

flite's voices (``testkit.clips``) flatter pocketsphinx and are hard for modern recognisers: with them only what is
about instants is measured. ``testkit/speech/*/README.md`` say where the recordings come from, and their licences.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mcp_voice.audio import Pcm
from testkit.degraded import active_rms

__all__ = ["LEVEL_RMS", "Stop", "Utterance", "choices", "people", "replies", "stops"]

SPEECH = Path(__file__).with_name("speech")
WORDS = "words.tsv"
STOPS = "stops.tsv"
"""Made once by forced alignment with pocketsphinx, and moved to the softest 10 ms within 60 ms."""
LEVEL_RMS = 2000.0
"""To which every recording is brought (int16 units, about -24 dBFS), so that a noise is as loud beside each of them."""


@dataclass(frozen=True, eq=False)
class Utterance:
    """What somebody says in one breath."""

    path: Path
    speaker: str
    text: str

    @cached_property
    def pcm(self) -> Pcm:
        """The sound, int16 mono at 16 kHz, without silence around it."""
        loaded = Pcm.load(self.path)
        speech = loaded.cut(*loaded.voiced())
        return speech.scaled(LEVEL_RMS / active_rms(speech))


@dataclass(frozen=True, slots=True, eq=False)
class Stop:
    """A place in the middle of a sentence where somebody may stop to think."""

    utterance: Utterance
    words: int
    """How many stand before it."""
    seconds: float
    """Where it is in the utterance's sound."""

    @property
    def text(self) -> str:
        """The words before it."""
        return " ".join(self.utterance.text.split()[: self.words])

    @property
    def before(self) -> Pcm:
        """The sound before it."""
        return self.utterance.pcm.cut(0, self.seconds)


def people() -> list[Utterance]:
    """Recordings of people: orders, cards, digits and sentences of a novel, 3 to 22 words."""
    return _read("human", "read")


def replies() -> list[Utterance]:
    """More than 40 replies of 1 to 12 words, by four natural voices in turn."""
    return _read("natural", "reply")


def choices() -> list[Utterance]:
    """24 choices, nearly all of one word, by the same voices."""
    return _read("natural", "choice")


def stops() -> list[Stop]:
    """Of people and of replies, where what was said before it cannot be all of it."""
    said = {each.path.name: each for each in (*people(), *replies())}
    with (SPEECH / STOPS).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return [Stop(said[row["file"]], int(row["words"]), float(row["seconds"])) for row in rows]


def _read(folder: str, kind: str) -> list[Utterance]:
    with (SPEECH / folder / WORDS).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return [
        Utterance(SPEECH / folder / row["file"], row["speaker"], row["text"]) for row in rows if row["kind"] == kind
    ]
