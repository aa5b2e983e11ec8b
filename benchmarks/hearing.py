"""What recognisers are tried with: who says what, under which conditions, and what counts as right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Literal

from benchmarks.wording import plain_words, words_wrong
from mcp_voice.audio import Pcm
from mcp_voice.people.human import ROOM_NOISE_RMS
from testkit import speakers
from testkit.degraded import lossy, telephone
from testkit.speakers import LEVEL_RMS, Utterance

__all__ = ["CONDITIONS", "RECOGNISERS", "Case", "Condition", "Heard", "cases", "taken_of"]

Kind = Literal["people", "replies", "choices", "others"]
ALL_SAMPLES = 10
"""With so many samples every recording is heard; with fewer, that share of them."""
RECOGNISERS = {"default": "offline", "pocketsphinx": "sphinx"}
"""Which of ``stage.SERVERS`` hears with each."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What happens to a voice on its way: ``change`` to the speech itself, ``noise_rms`` (int16 units) all the time."""

    label: str
    change: Callable[[Pcm], Pcm]
    noise_rms: float = ROOM_NOISE_RMS


def _unchanged(pcm: Pcm) -> Pcm:
    return pcm


CONDITIONS = {
    "clean": Condition("clean", _unchanged),
    "phone": Condition("on a telephone line (300 to 3,400 Hz, 8 kHz, G.711)", telephone),
    "noise20": Condition("with pink noise 20 dB below", _unchanged, LEVEL_RMS / 10 ** (20 / 20)),
    "noise10": Condition("with pink noise 10 dB below", _unchanged, LEVEL_RMS / 10 ** (10 / 20)),
    "loss": Condition("with 2 % of the packets lost", lossy),
}
"""The noise goes on between the words, as in a room; every voice has the same level."""


@dataclass(frozen=True, slots=True)
class Case:
    """Something that is said, and the choices that the question gave; ``choice`` is the one it names."""

    kind: Kind
    utterance: Utterance
    choices: tuple[str, ...] = ()
    choice: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a case: the words, the choice, and the milliseconds after the last sample, where they are known."""

    case: Case
    text: str
    choice: str | None = None
    reply_ms: float | None = None
    stt_ms: float | None = None


def cases(samples: int, *, most: int | None = None) -> list[Case]:
    """What is said under each condition: people and natural voices freely, and the choices beside other replies.

    ``most`` is how many of each of these four.
    """
    named = speakers.choices()
    names = tuple(each.text for each in named)
    free = speakers.replies()
    return [
        *(Case("people", each) for each in _share(speakers.people(), samples)[:most]),
        *(Case("replies", each) for each in _share(free, samples)[:most]),
        *(Case("choices", each, names, each.text) for each in _share(named, samples)[:most]),
        *(Case("others", each, _unnamed(names, each.text)) for each in _share(free[::3], samples)[:most]),
    ]


def taken_of(heard: Iterable[Heard]) -> dict[str, Any]:
    """The samples of one recogniser under one condition, as they are kept."""
    taken = _Taken()
    for each in heard:
        taken.add(each)
    return {"free": taken.free, "named": taken.named, "misheard": taken.misheard, "reply_ms": taken.reply_ms,
            "stt_ms": taken.stt_ms}  # fmt: skip


@dataclass(slots=True)
class _Taken:
    free: dict[str, dict[str, list[int]]] = field(
        default_factory=lambda: {kind: {"wrong": [], "words": []} for kind in ("people", "replies")}
    )
    """For each free reply the words that were wrong, and how many it has."""
    named: dict[str, list[bool]] = field(default_factory=lambda: {"right": [], "wrong": [], "false": []})
    """Of each choice whether it was taken for itself or another one; of each other reply whether for any."""
    misheard: list[list[str]] = field(default_factory=list)
    reply_ms: list[float | None] = field(default_factory=list)
    stt_ms: list[float | None] = field(default_factory=list)

    def add(self, heard: Heard) -> None:
        """Take one more."""
        case, said = heard.case, heard.case.utterance.text
        self.reply_ms.append(heard.reply_ms)
        self.stt_ms.append(heard.stt_ms)
        if case.kind == "choices":
            self.named["right"].append(heard.choice == case.choice)
            self.named["wrong"].append(heard.choice not in (case.choice, None))
            self._note(heard, amiss=heard.choice != case.choice)
        elif case.kind == "others":
            self.named["false"].append(heard.choice is not None)
            self._note(heard, amiss=heard.choice is not None)
        else:
            wrong = words_wrong(said, heard.text)
            self.free[case.kind]["wrong"].append(wrong)
            self.free[case.kind]["words"].append(len(plain_words(said)))
            self._note(heard, amiss=wrong > 0)

    def _note(self, heard: Heard, *, amiss: bool) -> None:
        if amiss:
            named = [f"taken for {heard.choice}"] if heard.choice else []
            self.misheard.append([heard.case.utterance.speaker, heard.case.utterance.text, heard.text, *named])


def _share(utterances: Sequence[Utterance], samples: int) -> list[Utterance]:
    """That share of them, evenly spread."""
    count = min(len(utterances), ceil(len(utterances) * samples / ALL_SAMPLES))
    return [utterances[index * len(utterances) // count] for index in range(count)]


def _unnamed(names: Sequence[str], text: str) -> tuple[str, ...]:
    """The choices of which no word is in the text."""
    said = set(plain_words(text))
    return tuple(name for name in names if not said & set(plain_words(name)))
