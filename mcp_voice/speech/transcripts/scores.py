"""What a recogniser thinks of its own words, where it says so."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["UNSCORED", "Scores"]

SILENCE, FAILED, LOOPED = 0.6, -1.0, 2.4
"""Whisper's own limits: it calls a segment silent beyond the first two together, and failed beyond the third."""
DOUBTFUL = -0.8
UNSURE = 0.4


@dataclass(frozen=True, slots=True)
class Scores:
    """Of one piece of a transcript; None is what was not sent."""

    no_speech: float | None = None
    """Probability that nobody spoke, 0 to 1."""
    logprob: float | None = None
    """Mean natural logarithm of the words' probabilities."""
    compression: float | None = None
    """How many times smaller the text is when compressed; that of a loop is large."""
    confidence: float | None = None
    """0 to 1."""

    @property
    def silent(self) -> bool:
        """Whether the recogniser itself says that there were no words."""
        failed = self.logprob is not None and self.logprob < FAILED
        return failed and (_over(self.no_speech, SILENCE) or _over(self.compression, LOOPED))

    @property
    def beside_words(self) -> Scores:
        """The same where others of the same sound are words: then somebody spoke, and it is in doubt at most."""
        return Scores(logprob=self.logprob, confidence=self.confidence) if self.silent else self

    @property
    def weak(self) -> bool:
        """Whether it is in doubt: enough against words that it is known to make up, too little against any others."""
        doubtful = self.logprob is not None and self.logprob < DOUBTFUL
        unsure = self.confidence is not None and self.confidence < UNSURE
        return doubtful or unsure or _over(self.no_speech, SILENCE)


UNSCORED = Scores()


def _over(score: float | None, limit: float) -> bool:
    return score is not None and score > limit
