"""How likely it is that certain phrases were said: their tokens are forced through the decoder.

PhraseTree with a beginning in common share it, and the likeliest beginnings are followed first. Probability only falls
with each token, so once a phrase is found whatever is less likely by then cannot be likelier in the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from mcp_voice.speech.offline.model import Decoded, DecoderStep, Moonshine
from mcp_voice.speech.offline.tokens import END, Tokens

__all__ = ["PhraseTree", "likeliest"]

MOST_STEPS = 60
"""Of the decoder, each of 1 to 2 ms; usual are 3 to 15. Of choices that are all alike the likeliest come first."""


@dataclass(slots=True)
class _Node:
    """A beginning of phrases: those that end here, and what may follow."""

    phrases: list[str] = field(default_factory=list)
    following: dict[int, _Node] = field(default_factory=dict)


class PhraseTree:
    """PhraseTree whose probability is asked for, each in several spellings."""

    def __init__(self, tokens: Tokens, spellings: Mapping[str, Iterable[str]]) -> None:
        self.root = _Node()
        for phrase, texts in spellings.items():
            for text in texts:
                ids = tokens.ids(text)
                node = self.root
                for token in ids:
                    node = node.following.setdefault(token, _Node())
                if ids:
                    node.phrases.append(phrase)


def likeliest(model: Moonshine, reading: Decoded, phrases: PhraseTree, *, least: float) -> tuple[str, float] | None:
    """The phrase that is the likeliest in its best spelling, and natural log of how likely beside what was read.

    Args:
        model: What read the sound.
        reading: What it read: 0 is as likely as that.
        phrases: Which there are.
        least: Of anything less likely nothing is told.
    """
    floor, order = reading.log + least, count()
    waiting: list[tuple[float, int, _Node | str, DecoderStep, int]] = []

    def wait(log: float, node: _Node | str, step: DecoderStep, token: int) -> None:
        if log >= floor:
            heappush(waiting, (-log, next(order), node, step, token))

    def open_up(node: _Node, step: DecoderStep, log: float) -> None:
        for phrase in node.phrases:
            wait(log + float(step.logs[END]), phrase, step, END)
        for token, following in node.following.items():
            wait(log + float(step.logs[token]), following, step, token)

    open_up(phrases.root, reading.first, 0.0)
    for _ in range(MOST_STEPS):
        if not waiting:
            return None
        log, _, node, step, token = heappop(waiting)
        if isinstance(node, str):
            return node, -log - reading.log
        open_up(node, model.after(reading.sound, step, token), -log)
    return None
