"""The body of an answer of OpenAI's protocol, and of the many servers that speak it in their own way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp_voice.speech.transcripts.scores import UNSCORED, Scores
from mcp_voice.speech.transcripts.words import words_of
from mcp_voice.texts.foreign import LONGEST_TEXT

__all__ = ["words_in"]

TEXT_NAMES = ("text", "transcript", "word")
MOST_SEGMENTS = 1_000
"""An answer of minutes has some 100."""


@dataclass(frozen=True, slots=True)
class _Segment:
    text: str
    scores: Scores


def words_in(body: object, *, seconds: Callable[[], float] | None = None, choices: Sequence[str] = ()) -> str:
    """The words of an answer in JSON: a text, null, a list of segments, or both with their scores.

    ``seconds`` and ``choices`` as for ``words_of``. Raises KeyError or TypeError for an answer that is of another
    kind, such as an error with status 200.
    """
    if not isinstance(body, dict | list | str | None):
        raise TypeError(f"a transcript cannot be of the type {type(body).__name__}")
    fields: Mapping[str, Any] = body if isinstance(body, dict) else {"text": body}
    if not any(name in fields for name in (*TEXT_NAMES, "segments")):
        raise KeyError("text")
    told = next((fields[name] for name in TEXT_NAMES if fields.get(name)), None)
    segments = _segments(fields.get("segments")) or (_segments(told) if isinstance(told, list) else [])
    if not segments:
        text = told if isinstance(told, str) else ""
        return words_of(text, scores=_scores(fields), seconds=seconds, choices=choices)
    if isinstance(told, str) and _letters(told) != _letters("".join(each.text for each in segments)):
        # The text says something else than its parts: nothing of it is dropped by them.
        return words_of(told, scores=_scores(fields), seconds=seconds, choices=choices)
    heard = [each for each in segments if words_of(each.text, scores=each.scores, seconds=seconds)]
    if heard and any(each.scores.silent for each in segments):
        # Beside words a doubted part stays, unless it is what recognisers make up: it may be the "not".
        heard = [each for each in segments if words_of(each.text, scores=each.scores.beside_words, seconds=seconds)]
    if len(heard) == len(segments) and isinstance(told, str):
        return words_of(told, choices=choices)
    return words_of(_joined([each.text for each in heard]), choices=choices)


def _segments(told: object) -> list[_Segment]:
    if not isinstance(told, list):
        return []
    if told and not any(each is None or isinstance(each, str | dict) for each in told[:MOST_SEGMENTS]):
        raise TypeError(f"a part of a transcript cannot be of the type {type(told[0]).__name__}")
    segments: list[_Segment] = []
    left = LONGEST_TEXT
    for each in told[:MOST_SEGMENTS]:
        fields = each if isinstance(each, dict) else {"text": each}
        text = next((fields[name] for name in TEXT_NAMES if isinstance(fields.get(name), str)), "")
        if text.strip() and left > 0:
            segments.append(_Segment(text[:left], _scores(fields)))
            left -= len(text)
    return segments


def _scores(fields: Mapping[str, Any]) -> Scores:
    scores = Scores(
        no_speech=_number(fields.get("no_speech_prob")),
        logprob=_number(fields.get("avg_logprob")),
        compression=_number(fields.get("compression_ratio")),
        confidence=_number(fields.get("confidence")),
    )
    return scores if scores != UNSCORED else Scores(logprob=_mean(fields.get("logprobs")))


def _mean(told: object) -> float | None:
    """Of the tokens' own, as the models after Whisper send them."""
    values = [_number(each.get("logprob")) for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _number(told: object) -> float | None:
    if not isinstance(told, int | float) or isinstance(told, bool):
        return None
    try:
        return float(told)
    except OverflowError:  # JSON has numbers of any length
        return None


def _letters(text: str) -> str:
    return "".join(text.split())


def _joined(texts: list[str]) -> str:
    """Whisper's segments begin with their own space, others' do not; no more than is kept of any text."""
    joined = "".join(text if text[:1].isspace() else f" {text}" for text in texts)
    return joined[:LONGEST_TEXT]
