"""Recognisers run into loops and write the last words again and again, to the end of what they may write."""

from __future__ import annotations

import re

from mcp_voice.speech.transcripts.number_words import is_read_out

__all__ = ["without_loop"]

WORD = re.compile(r"\S+")
SIGNS = re.compile(r"[^\w+#%&@]+")
LONGEST_PHRASE = 12
LEAST_REPEATS = 4
"""Twice and three times is what people say: "deploy, deploy", "really, really, really"."""
SHORT_LETTERS = 4
LEAST_SHORT_REPEATS = 12
"""Short words are said more often: "no no no no no", "ha ha ha ha ha"."""
LEAST_READ_OUT_REPEATS = 30
"""No number that is read out has more of one digit, however long the digit's name is."""
UNSPACED = re.compile("([\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]{2,12}?[\\s\u3001\u3002\uff0c\uff01]{0,2})\\1{5,}$")
"""Chinese, Japanese and Thai have no spaces between words."""
SEARCHED_UNSPACED = 2_000


def without_loop(text: str) -> str:
    """The text with a loop at its end said once; what somebody may have repeated stays."""
    spans = list(WORD.finditer(text))
    words = [SIGNS.sub("", span[0]).casefold() for span in spans]
    while words and not words[-1]:
        words.pop()
    for size in range(1, min(LONGEST_PHRASE, len(words) // 2) + 1):
        kept = _said_once(words, size)
        if kept < len(words):
            return text[: spans[kept - 1].end()].rstrip(",;:-…")
    head, tail = text[:-SEARCHED_UNSPACED], text[-SEARCHED_UNSPACED:]
    return head + UNSPACED.sub(r"\1", tail)


def _said_once(words: list[str], size: int) -> int:
    """How many words are left when a phrase of ``size`` words, repeated to the end, is said once; all if none is."""
    end = len(words)
    if words[-1] != words[-1 - size] and words[-1 - size].startswith(words[-1]):
        end -= 1  # The loop was broken off within a word.
    start = end - size
    while start > 0 and words[start - 1] == words[start - 1 + size]:
        start -= 1
    phrase = words[start : start + size]
    return start + size if (end - start) // size >= _least(phrase) else len(words)


def _least(phrase: list[str]) -> int:
    if is_read_out(phrase):
        return LEAST_READ_OUT_REPEATS
    short = all(len(word) <= SHORT_LETTERS for word in phrase)
    return LEAST_SHORT_REPEATS if short else LEAST_REPEATS
