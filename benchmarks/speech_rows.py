"""The table's rows about ears and voices: words wrong, exact replies, choices, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.hearing import CONDITIONS
from benchmarks.row import Row, below, share, spread
from benchmarks.wording import interval

__all__ = ["HEARD", "heard_cells", "recognition_rows", "voice_rows"]

HEARD = ("words wrong, people", "natural voices", "exact replies", "choices right", "wrong", "taken from other replies")
MOST_WRONG = {"clean": 0.06, "phone": 0.10, "noise10": 0.10}
"""Of people's words, by the default ears."""
DEFAULT = "default"


def heard_cells(taken: dict[str, Any]) -> list[str]:
    """What one recogniser made of all that was said under one condition, as ``HEARD`` names it."""
    free, named = taken["free"], taken["named"]
    exact = [not wrong for kind in free.values() for wrong in kind["wrong"]]
    return [*(_words(free[kind]) for kind in ("people", "replies")), share(exact), *map(share, named.values())]


def recognition_rows(measured: dict[str, Any]) -> Iterator[Row]:
    """Two lines for each recogniser and condition."""
    for recogniser, conditions in measured.items():
        ears = "the default ears" if recogniser == DEFAULT else recogniser
        for name, taken in conditions.items():
            most = MOST_WRONG.get(name) if recogniser == DEFAULT else None
            wrong = _wrong(taken["free"]["people"])
            cells = [f"{head} {cell}" for head, cell in zip(HEARD, heard_cells(taken), strict=True)]
            yield Row(
                f"{ears}, {CONDITIONS[name].label}",
                "; ".join(cells),
                target="" if most is None else f"people: ≤ {most:.0%} wrong",
                met=None if most is None else below(wrong, most),
            )
            yield Row(
                "… end of speech → result; CPU of the server for each reply",
                f"{spread(taken['reply_ms'])}; {taken['cpu_seconds'] / max(1, len(taken['reply_ms'])):.2f} s",
            )


def voice_rows(measured: dict[str, Any]) -> Iterator[Row]:
    """One line for each voice."""
    for voice, taken in measured.items():
        heard = "; ".join(f"{CONDITIONS[name].label} {_words(words)}" for name, words in taken["heard"].items())
        yield Row(
            f"the voice {voice}: text → first sound; CPU for each second of speech; words wrong to the default ears",
            f"{spread(taken['first_sound_ms'])}; {taken['cpu_seconds'] / taken['speech_seconds']:.3f} s; {heard}",
        )


def _wrong(counted: dict[str, list[int]]) -> float | None:
    return sum(counted["wrong"]) / sum(counted["words"]) if counted["words"] else None


def _words(counted: dict[str, list[int]]) -> str:
    """The share of words that are wrong, of how many, and between which shares it lies in 95 of 100 such samples."""
    wrong = _wrong(counted)
    if wrong is None:
        return "-"
    low, high = interval(counted["wrong"], counted["words"])
    return f"{wrong:.1%} of {sum(counted['words'])} ({low:.0%} to {high:.0%})"
