"""What the humans of the benchmark say: whole answers, yes and no, and sentences with a place to stop and think.

The recordings in ``clips`` are flite's voices slt, rms and awb, 16 kHz, without silence around them. In a name the
parts of a sentence are parted by ``__``; between them the recording has half a second of digital silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from mcp_voice.audio import Pcm
from testkit.clip_match import islands
from testkit.clips import Clip, load_clips

__all__ = [
    "Sentence",
    "interrupted_sentences",
    "load_sentences",
    "two_sentences",
    "voices_in_turn",
    "whole_answers",
    "yes_and_no",
]

CLIPS = Path(__file__).parent / "clips"
STOPS = {
    "I want to change the color to green": (5, 7),
    "we should use a different approach": (3, 4),
    "make a copy of the report": (2, 4, 5),
    "go ahead with the first option": (3, 4),
    "wait until tomorrow morning": (2,),
    "we can talk about it later": (4,),
    "that is a good idea": (3,),
    "the second option": (1,),
}
"""Before which words of the tests' clips somebody may stop to think, in the middle of what they say."""
COMPLETE = (
    ("flite-rms", "yes please go ahead", "make a copy of the report"),
    ("flite-rms", "tell me more about it", "what time is it"),
    ("flite-slt", "that is a good idea", "the second option"),
    ("flite-slt", "yes please go ahead", "that is a good idea"),
    ("flite-awb", "let's do that tomorrow", "neither of them"),
    ("flite-awb", "neither of them", "we can talk about it later"),
)
"""Two whole sentences of one voice, between which somebody may pause."""


@dataclass(frozen=True, slots=True, eq=False)
class Sentence:
    """Words and their sound, in one or two parts."""

    voice: str
    parts: tuple[tuple[str, Pcm], ...]

    @property
    def text(self) -> str:
        """All its words."""
        return " ".join(text for text, _ in self.parts)

    def sounds(self, pause: float = 0.0) -> list[Pcm | float]:
        """What to say, with a pause (seconds) between the parts."""
        said: list[Pcm | float] = []
        for _, sound in self.parts:
            said += [pause, sound] if said and pause else [sound]
        return said


@cache
def load_sentences() -> tuple[Sentence, ...]:
    """The benchmark's own recordings."""
    return tuple(_read(path) for path in sorted(CLIPS.glob("*.flac")))


@cache
def _clips() -> tuple[Clip, ...]:
    return tuple(load_clips())


def whole_answers() -> list[Sentence]:
    """Complete answers of three voices: every clip of the tests."""
    return [Sentence(clip.voice, ((clip.text, clip.pcm.cut(*clip.pcm.voiced())),)) for clip in _clips()]


def yes_and_no() -> list[Sentence]:
    """One word each, of three voices."""
    return [sentence for sentence in load_sentences() if len(sentence.parts) == 1]


def interrupted_sentences() -> list[Sentence]:
    """Sentences in two parts, the first of which cannot be all of it."""
    cut = [
        Sentence(
            clip.voice, ((_words(clip, 0, at), clip.part(0, at)), (_words(clip, at), clip.part(at, len(clip.words))))
        )
        for clip in _clips()
        for at in STOPS.get(clip.text, ())
    ]
    return [*(sentence for sentence in load_sentences() if len(sentence.parts) > 1), *cut]


def two_sentences() -> list[Sentence]:
    """Two whole sentences, one after the other."""
    known = {(clip.voice, clip.text): clip.pcm.cut(*clip.pcm.voiced()) for clip in _clips()}
    return [
        Sentence(voice, ((first, known[voice, first]), (second, known[voice, second])))
        for voice, first, second in COMPLETE
    ]


def voices_in_turn(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The same, so that the voices take turns; those with fewer sentences begin again."""
    voices = sorted({sentence.voice for sentence in sentences})
    said = [[sentence for sentence in sentences if sentence.voice == voice] for voice in voices]
    turns = max(len(each) for each in said)
    return [each[turn % len(each)] for turn in range(turns) for each in said]


def _words(clip: Clip, first: int, last: int | None = None) -> str:
    return " ".join(word.text for word in clip.words[first:last])


def _read(path: Path) -> Sentence:
    voice, *texts = (part.replace("_", " ") for part in path.stem.split("__"))
    texts = [text.replace("let-s", "let's") for text in texts]
    pcm = Pcm.load(path)
    if len(texts) == 1:
        return Sentence(voice, ((texts[0], pcm),))
    before, after = max(pairwise(islands(pcm)), key=lambda pair: pair[1].start - pair[0].end)
    sounds = (pcm.cut(0, before.end), pcm.cut(after.start, pcm.seconds))
    return Sentence(voice, tuple(zip(texts, sounds, strict=True)))
