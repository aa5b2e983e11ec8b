"""Short answers, recognised by a grammar: what the open language model misreads ("no" as "no huh").

The grammar holds the expected choices and the common short answers side by side, so that each is also the other's
rival: without the common ones, a "six" becomes whichever choice is nearest.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from pocketsphinx import Decoder

from mcp_voice.speech.common_answers import COMMON, NUMBERS, PERCENTAGES
from mcp_voice.speech.espeak import Espeak, espeak
from mcp_voice.speech.pronunciation import JARGON, arpabet, compounds

__all__ = ["Guess", "ShortAnswers", "acoustic_score", "plain"]

KEYWORDS = {"grammar", "import", "public"}
"""What JSGF keeps for itself."""

LOWEST_SCORE = -4.0
LEAST_COVER = 0.7
"""Thresholds, in nats per frame and as a share of the voiced frames. Measured on 4 flite voices, of 36 choices 31 were
accepted, all rightly, and 2 of 625 other utterances."""
LOWEST_LEAD_OVER_FEW = -3.0
LOWEST_LEAD_OVER_MANY = -0.2
FEW_WORDS = 2
"""How much worse than the open result, in nats per frame, a common answer may be. Stricter where the open result is a
sentence: so of 88 short answers 66 came out right, and of 186 others only single words were taken for one, 8 times."""


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """A short answer that was heard: its text, and whether it is one of the expected choices."""

    text: str
    expected: bool


@dataclass(frozen=True, slots=True)
class Guess:
    """The nearest short answer, and how near it is."""

    answer: ShortAnswer
    whole: float
    """Log score of the whole utterance."""
    score: float
    """Log score of the words for each of their frames."""
    frames: int
    """Of 10 ms, in which the words are."""
    cover: float
    """Their share of the voiced frames."""

    @property
    def is_clear(self) -> bool:
        """Whether it is near enough to be one of the choices."""
        return self.score >= LOWEST_SCORE and self.cover >= LEAST_COVER


def plain(text: str) -> str:
    """A hypothesis without pocketsphinx's marks: ``read(2)`` is ``read``."""
    return re.sub(r"\(\d+\)", "", text)


def acoustic_score(decoder: Decoder) -> tuple[float, float, int]:
    """Log score of all segments, of the words alone, and the words' frames, for the last utterance.

    A segment's score is relative to the best sounds at each frame, so it can be compared between grammars.
    """
    whole = words = 0.0
    frames = 0
    for segment in decoder.seg():
        score = math.log(max(segment.ascore, 1e-300))
        whole += score
        if not segment.word.startswith(("<", "[", "(")):
            words += score
            frames += segment.end_frame - segment.start_frame + 1
    return whole, words, frames


class ShortAnswers:
    """A small decoder beside the open one; 5 MB and 2 % of the audio's time."""

    def __init__(self, lookup: Callable[[str], str | None], *, cmninit: str, resources: ExitStack) -> None:
        """``lookup`` gives a word's ARPAbet, or None; ``resources`` closes what had to be loaded."""
        self._lookup = lookup
        self._resources = resources
        self._voice: Espeak | None = None
        # The big dictionary would cost 30 MB again; what is needed of it is copied word by word.
        self._decoder = Decoder(loglevel="FATAL", lm=None, dict=os.devnull, cmninit=cmninit)
        self._choices: Sequence[str] | None = None
        self._phrases: dict[str, ShortAnswer] = {}
        self._rules = 0

    def expect(self, choices: Sequence[str]) -> None:
        """Listen for ``choices`` beside the common short answers."""
        if self._choices == tuple(choices):
            return
        self._choices = tuple(choices)
        common = (*COMMON, *NUMBERS, *PERCENTAGES)
        spoken = [(answer, ShortAnswer(answer, expected=False)) for answer in common]
        spoken += [(choice, ShortAnswer(choice, expected=True)) for choice in choices]
        self._phrases = {phrase: answer for text, answer in spoken if (phrase := self._phrase(text))}
        old, self._rules = self._rules, self._rules + 1
        grammar = f"#JSGF V1.0; grammar answers; public <answer> = {' | '.join(self._phrases)};"
        self._decoder.add_jsgf_string(f"answers{self._rules}", grammar)
        self._decoder.activate_search(f"answers{self._rules}")
        if old:
            self._decoder.remove_search(f"answers{old}")

    def hear(self, pcm: bytes, *, open_text: str, open_score: float, voiced_frames: int) -> ShortAnswer | None:
        """The short answer that the utterance is, or None where it is none.

        ``pcm`` is int16 mono at 16 kHz; ``open_text`` is what the open recogniser read, and
        ``open_score`` what that scored.
        """
        guess = self.guess(pcm, voiced_frames=voiced_frames)
        if guess is None or not guess.is_clear:
            return None
        few = len(open_text.split()) <= FEW_WORDS
        lead = LOWEST_LEAD_OVER_FEW if few else LOWEST_LEAD_OVER_MANY
        if not guess.answer.expected and (guess.whole - open_score) / guess.frames < lead:
            return None
        return guess.answer

    def guess(self, pcm: bytes, *, voiced_frames: int) -> Guess | None:
        """The short answer that is nearest to the utterance, whatever it is; ``pcm`` as for ``hear``."""
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, full_utt=True)
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        # A phrase that is not one of ours is the beginning of one that the audio ended before.
        answer = self._phrases.get(plain(hypothesis.hypstr)) if hypothesis else None
        if answer is None:
            return None
        whole, words, frames = acoustic_score(self._decoder)
        return Guess(answer, whole, words / frames, frames, frames / voiced_frames) if frames else None

    def _phrase(self, text: str) -> str:
        return " ".join(filter(None, (self._word(word) for word in re.split(r"[\s/_\-]+", text.lower()))))

    def _word(self, word: str) -> str:
        """The grammar's name for ``word``, whose sounds are made known to the decoder; empty if it has none."""
        bare = re.sub(r"[^\w'.+#%&]", "", word, flags=re.ASCII).strip(".'")
        ordinary = re.fullmatch(r"[a-z']+", bare) and bare not in KEYWORDS
        name = bare if ordinary else "".join(f"x{ord(letter):x}" for letter in bare)
        if not name or self._decoder.lookup_word(name):
            return name
        sounds = self._sounds(bare)
        for number, phones in enumerate(sounds, 1):
            self._decoder.add_word(name if number == 1 else f"{name}({number})", phones, update=False)
        return name if sounds else ""

    def _sounds(self, word: str) -> list[str]:
        known = [phones for suffix in ("", "(2)", "(3)", "(4)") if (phones := self._lookup(f"{word}{suffix}"))]
        if known:
            return known
        parts = [(sounds, second) for first, second in compounds(word) if (sounds := self._lookup(first))]
        joined = [f"{sounds} {more}" for sounds, second in parts if (more := self._lookup(second))]
        guesses = [JARGON.get(word, ""), *joined]
        if self._voice is None:
            self._voice = self._resources.enter_context(espeak())
            self._voice.choose("en-us", rate=165)
        guesses.append(arpabet(self._voice.phonemes(word)))
        return [guess for guess in dict.fromkeys(guesses) if guess]
