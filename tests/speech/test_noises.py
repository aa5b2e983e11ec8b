"""What a recogniser writes of a noise, or out of its prompt, is no reply; what a human says that looks like it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from livekit.agents import stt

from mcp_voice.speech.transcripts import transcript_of, words_in
from mcp_voice.words.languages import LEXICONS

TABLE = Path(__file__).parents[1] / "data" / "noises.tsv"
ROWS = [row.split("\t") for row in TABLE.read_text("utf-8").splitlines() if row and not row.startswith("# ")]
NAMES = ("no_speech_prob", "avg_logprob", "compression_ratio", "confidence")


def _scores(told: str) -> dict[str, float]:
    return {name: float(value) for name, value in (each.split("=") for each in told.split() if each != "-")}


def _choices(told: str) -> tuple[str, ...]:
    return () if told == "-" else tuple(told.split("|"))


def _event(text: str, kind: stt.SpeechEventType = stt.SpeechEventType.FINAL_TRANSCRIPT, **more: Any) -> stt.SpeechEvent:
    return stt.SpeechEvent(kind, alternatives=[stt.SpeechData(language="en", text=text, **more)])  # type: ignore[arg-type]


def _batch(text: str, choices: str, scores: str, seconds: str) -> str:
    """As a provider that is asked for whole segments answers."""
    length = None if seconds == "-" else lambda: float(seconds)
    told = _scores(scores)
    body = {"text": text, "segments": [{"text": text, **told}]} if told else {"text": text}
    return (
        transcript_of(_event(words_in(body, seconds=length, choices=_choices(choices))), choices=_choices(choices))
        or "-"
    )


def _stream(text: str, choices: str, scores: str, seconds: str) -> str:
    """As a provider that streams reports it, which sends no more than one score."""
    end = 0.0 if seconds == "-" else float(seconds)
    event = _event(text, end_time=end, confidence=_scores(scores).get("confidence", 0.0))
    return transcript_of(event, choices=_choices(choices)) or "-"


def _told(row: list[str]) -> tuple[str, str, str, str, str]:
    text, choices, scores, seconds, words = row
    return text.replace("\\n", "\n"), choices, scores, seconds, words


def test_the_table_has_rows_in_both_directions_and_all_of_them_are_well_formed() -> None:
    """A row that lost a tab, or a score with a wrong name, would test nothing."""
    assert [row for row in ROWS if len(row) != 5 or not set(_scores(row[2])) <= set(NAMES)] == []
    assert sum(row[4] == "-" for row in ROWS) >= 100
    assert sum(row[4] != "-" for row in ROWS) >= 100
    assert len({tuple(row[:4]) for row in ROWS}) == len(ROWS)


def test_every_row_of_the_table_is_read_as_a_human_would_read_it() -> None:
    """"Thank you for watching!" came back as the answer of somebody who had coughed."""  # fmt: skip
    read = [(row, _batch(*_told(row)[:4])) for row in ROWS]
    assert [(row, words) for row, words in read if words != row[4]] == []


def test_a_stream_is_read_as_a_provider_of_whole_segments_is() -> None:
    """Whether an ask is answered by a noise must not depend on the provider."""
    rows = [row for row in ROWS if not set(_scores(row[2])) - {"confidence"}]
    assert [(row, words) for row in rows if (words := _stream(*_told(row)[:4])) != row[4]] == []


def test_what_a_human_said_is_read_the_same_when_it_is_read_again() -> None:
    """A text goes through more than one part of ours."""
    said = [(row[4], row[1]) for row in ROWS if row[4] != "-"]
    assert [words for words, choices in said if _batch(words, choices, "-", "-") != words] == []


def test_every_digit_that_is_known_in_dictation_may_be_said_again_and_again() -> None:
    """Four times "fifteen" is a number that is read out, not a recogniser's loop, whatever the language."""
    digits = set().union(*(each.digits for each in LEXICONS.values()))
    assert [
        digit for digit in sorted(digits) if words_in({"text": " ".join([digit] * 20)}).split() != [digit] * 20
    ] == []
