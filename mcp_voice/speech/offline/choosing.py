"""Short answers: what was read, against the choices and the common answers, and what a grammar makes of the sound.

Lone words are what the model misreads ("red" as "Bread"). The choices are scored inside it; where pocketsphinx is
installed its grammar listens too, which is the better ear on wideband and the worse one on a telephone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mcp_voice.speech.common_answers import COMMON, TEENS, TENS, UNITS
from mcp_voice.speech.offline.model import Decoded, Moonshine
from mcp_voice.speech.offline.scoring import PhraseTree, likeliest
from mcp_voice.speech.offline.spellings import bare_words, spellings

if TYPE_CHECKING:
    from mcp_voice.speech.answers import Guess
    from mcp_voice.speech.offline.grammar import Grammar

__all__ = ["Choosing"]

RIVALS = (*COMMON, *UNITS, *TEENS, *TENS)
"""Whoever is asked for a colour may say no, or a number."""
NEGATIONS = frozenset({"no", "not", "never", "none", "neither", "nor", "nobody", "nothing", "without", "cannot"})
LEAST_ALONE, LEAST_DOUBTED, DOUBT = -3.0, -4.0, -1.3
"""Natural log of how likely a choice must be beside what was read: by itself, and where the model is in doubt about
that (so little sure of it) or the grammar agrees."""
LEAST_HEARD, CLEAR_SCORE = -13.0, -2.6
"""The same where the grammar hears it clearly (by its own score), as a name that the model cannot write.

All measured on 24 choices by Kokoro's voices and 50 by a Piper voice. Right: 24 clean and 24 on a telephone line; 48
and 44 of 50; without the grammar 24, 24, 45 and 43; the text alone 21, 20, 36 and 36. None was taken for another one.
Of 222 other replies none became a choice, of 464 other words "bread" among colours.
"""
MOST_WORDS_MORE = 2
"""Than the longest choice has: a sentence is no choice, and scoring it would be work for nothing."""


class Choosing:
    """What a short utterance is; keeps the choices of the last question."""

    def __init__(self, model: Moonshine, grammar: Grammar | None) -> None:
        self._model = model
        self._grammar = grammar
        self._common = {bare_words(phrase) for phrase in RIVALS}
        self._choices: tuple[str, ...] = ()
        self._phrases = self._rivals = PhraseTree(model.tokens, {})

    def choose(self, reading: Decoded, pcm: bytes, choices: Sequence[str]) -> str | None:
        """The choice that was said, as it was written, or None; int16 mono at 16 kHz."""
        said = bare_words(reading.text)
        same = [choice for choice in choices if said and bare_words(choice) == said]
        if same:
            # Of "$10" and "€10" the signs in what was read may tell which.
            return same[0] if len(same) == 1 else None
        if not choices or said in self._common or len(said.split()) > _longest(choices) + MOST_WORDS_MORE:
            return None
        self._expect(choices)
        guess = self._grammar.guess(pcm, choices) if self._grammar else None
        scored = likeliest(self._model, reading, self._phrases, least=LEAST_DOUBTED)
        found = self._heard(reading, guess)
        if scored is not None and likeliest(self._model, reading, self._rivals, least=scored[1]) is None:
            choice, log = scored
            agreed = guess is not None and guess.is_clear and guess.answer.text == choice
            if log >= (LEAST_DOUBTED if agreed or reading.log < DOUBT else LEAST_ALONE):
                found = choice
        return None if found is None or _says_more(said, found) else found

    def _heard(self, reading: Decoded, guess: Guess | None) -> str | None:
        """A word that the model cannot write, such as a name, and the grammar hears clearly."""
        if guess is None or not (guess.answer.expected and guess.is_clear and guess.score >= CLEAR_SCORE):
            return None
        text = guess.answer.text
        alone = PhraseTree(self._model.tokens, {text: spellings(text)})
        return text if likeliest(self._model, reading, alone, least=LEAST_HEARD) else None

    def _expect(self, choices: Sequence[str]) -> None:
        if self._choices == tuple(choices):
            return
        self._choices = tuple(choices)
        expected = {bare_words(choice) for choice in choices}
        rivals = [phrase for phrase in RIVALS if bare_words(phrase) not in expected]
        self._phrases = PhraseTree(self._model.tokens, {choice: spellings(choice) for choice in choices})
        self._rivals = PhraseTree(self._model.tokens, {phrase: spellings(phrase) for phrase in rivals})


def _longest(choices: Sequence[str]) -> int:
    return max(len(choice.split()) for choice in choices)


def _says_more(said: str, choice: str) -> bool:
    """Whether what was read names the choice beside other words, or denies: then those words are the answer."""
    words, wanted = said.split(), bare_words(choice).split()
    denied = [word for word in words if (word in NEGATIONS or word.endswith("n't")) and word not in wanted]
    return bool(denied) or set(wanted) <= set(words)
