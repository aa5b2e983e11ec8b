"""The table's rows about the companion's conversation, with models that answer at once and with such as stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.figures import median, quantile
from benchmarks.row import Row, below, seconds, share, spread

__all__ = ["OVERHEAD_MS", "STREAMING_MS", "companion_rows", "streaming_rows"]

OVERHEAD_MS = 300.0
"""What the companion may add to what its models take."""
STREAMING_MS, STREAMING_P99_MS = 500.0, 700.0
LATE = 0.99


def companion_rows(measured: dict[str, Any]) -> Iterator[Row]:
    """With models that take whole utterances."""
    limit = measured["stubs_ms"] + OVERHEAD_MS
    yield Row(
        f"companion: end of speech → first sound of the answer (of which the models {seconds(measured['stubs_ms'])})",
        *_answers(measured),
        f"≤ {seconds(limit)}",
        below(median(measured["ours"]["total_ms"]), limit),
    )
    yield from _more(measured)
    yield Row(
        CUT, *_cuts(measured), "no more than naive", sum(measured["ours"]["cut"]) <= sum(measured["naive"]["cut"])
    )


def streaming_rows(measured: dict[str, Any]) -> Iterator[Row]:
    """With models that stream."""
    taken = measured["ours"]["total_ms"]
    yield Row(
        f"companion, models that stream ({seconds(measured['stubs_ms'])} of it): end of speech → first sound",
        *_answers(measured),
        f"≤ {seconds(STREAMING_MS)}, p99 ≤ {seconds(STREAMING_P99_MS)}",
        below(median(taken), STREAMING_MS) and below(quantile(taken, LATE), STREAMING_P99_MS),
    )
    yield from _more(measured)
    yield Row(CUT, *_cuts(measured), "none", not any(measured["ours"]["cut"]))


CUT = "… cut off by a pause of 1.0 s inside an unfinished sentence"


def _answers(measured: dict[str, Any]) -> tuple[str, str]:
    return spread(measured["ours"]["total_ms"], LATE), spread(measured["naive"]["total_ms"], LATE)


def _cuts(measured: dict[str, Any]) -> tuple[str, str]:
    return share(measured["ours"]["cut"]), share(measured["naive"]["cut"])


def _more(measured: dict[str, Any]) -> Iterator[Row]:
    ours, naive = measured["ours"], measured["naive"]
    yield Row("… of which " + _parts(ours), seconds(median(ours["total_ms"])))
    if dictated := ours.get("dictated_ms"):
        yield Row(
            "… after digits, of which more may follow", spread(dictated, LATE), spread(naive["dictated_ms"], LATE)
        )
    yield Row("… right words", share(ours["right"]), share(naive["right"]), "all", all(ours["right"]))


def _parts(taken: dict[str, Any]) -> str:
    names = {
        "hearing": "pause noticed",
        "stt": "STT",
        "asking": "to the LLM",
        "llm": "LLM",
        "endpointing": "waiting for more",
        "tts": "TTS",
        "transport": "to the ear",
    }
    found = {name: median([part[name] for part in taken["parts_ms"]]) for name in names}
    return ", ".join(f"{label} {seconds(found[name])}" for name, label in names.items())
