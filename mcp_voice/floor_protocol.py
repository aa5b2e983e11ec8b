"""How agents share the floor of a room: names, payloads and limits, for those who ask and those who fall silent.

An asker is a participant of kind agent. It carries the attribute ``mcp_voice.floor`` (the ask's id) while it has the
floor, and ``mcp_voice.ask`` from the moment at which its question sounds until it has its answer, also when it has
given the floor back. As long as it carries either it renews ``mcp_voice.floor_renewed`` (Unix time in seconds).

Before it speaks it calls the RPC ``mcp_voice.hold`` on every other agent, which returns once that one has fallen
silent. Just before it lets go, it tells those that held what was asked and answered, by the RPC ``mcp_voice.release``.

Participants send what they like: what is read here has the type, the length and the alphabet that is said, or it is
nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mcp_voice.bounds.limits import LONGEST_IDENTITY
from mcp_voice.bounds.payloads import is_time, read_object, read_texts, to_json, whole

__all__ = [
    "ALIVE_METHOD",
    "ANSWERED_ATTRIBUTE",
    "ASK_ATTRIBUTE",
    "FLOOR_ATTRIBUTE",
    "HOLD_METHOD",
    "LARGEST_CALL",
    "LONGEST_ATTRIBUTE",
    "LONGEST_REPLY",
    "NOT_HELD",
    "NOT_READ",
    "OUR_PREFIX",
    "RELEASE_METHOD",
    "RENEWED_ATTRIBUTE",
    "RENEW_SECONDS",
    "STALE_SECONDS",
    "FloorState",
    "HoldCall",
    "OpenQuestion",
    "ReleaseCall",
    "concern_floor",
]

FLOOR_ATTRIBUTE = "mcp_voice.floor"
ASK_ATTRIBUTE = "mcp_voice.ask"
RENEWED_ATTRIBUTE = "mcp_voice.floor_renewed"
ANSWERED_ATTRIBUTE = "mcp_voice.answered"
"""Id of the ask that was answered last, for clients that tell whoever answered."""
HOLD_METHOD = "mcp_voice.hold"
RELEASE_METHOD = "mcp_voice.release"
ALIVE_METHOD = "mcp_voice.alive"
"""That no agent need know: whoever is connected answers it, if only that there is no such method."""
OUR_PREFIX = "mcp-voice-"
"""How the identities of all processes of ours begin; they hold for nobody."""
RENEW_SECONDS = 2.0
STALE_SECONDS = 10.0
"""A floor that is not renewed for this long is nobody's: a killed process stays visible for about 20 s."""
NOT_HELD, NOT_READ = 1, 2
"""Codes of RPC errors: that the caller does not have the floor, and that its payload cannot be read."""
LARGEST_CALL = 15 * 1024
"""Bytes of an RPC's payload, as LiveKit documents them; a reply is cut so that it fits."""
LONGEST_ATTRIBUTE = 8_000
"""Bytes: what the longest identity can take, of whatever characters; LiveKit allows all attributes together 64,000.

What does not fit of a question is cut, and choices that do not are left out: readers take nothing that is longer."""
LEAST_QUESTION = 200
"""Characters of a question that are worth more than its choices."""
CUT = "…"
"""What a question ends with that was cut."""
MOST_CHOICES, LONGEST_CHOICE = 30, 100
"""Those of an ask; characters."""
LONGEST_QUESTION, LONGEST_REPLY = 2_000, 12_000
"""Characters; those of an ask, and of what is told of its reply."""
SHORTENED = ("reply", "question", "identity")
"""What is cut of a call that is too large, one after the other: as escapes a character can take six bytes."""
REQUIRED = ("id", "participant")
"""Without which a question is none."""
LATEST_TIME = 1e11
"""Unix seconds; JSON may hold numbers without end."""
ASK_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")
"""Of any asker: ours are not the only ones."""
ATTRIBUTES = frozenset({FLOOR_ATTRIBUTE, ASK_ATTRIBUTE, RENEWED_ATTRIBUTE})


def concern_floor(changed: Mapping[str, str]) -> bool:
    """Whether changed attributes say anything about the floor."""
    return not ATTRIBUTES.isdisjoint(changed)


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that has sounded and waits for its answer: the attribute ``mcp_voice.ask``."""

    ask_id: str
    participant: str
    """Identity of the only one who may answer, or nothing for everybody."""
    question: str = ""
    """What was asked, for whoever shows it; with an ellipsis at its end where the rest did not fit."""
    choices: tuple[str, ...] = ()
    """All answers that were offered, or none where they did not fit."""
    deadline: float = 0.0
    """Unix time in seconds, of the asker's clock, at which it is closed; 0 where that is not known."""

    def written(self) -> str:
        """The attribute's value, of at most ``LONGEST_ATTRIBUTE`` bytes."""
        fields: dict[str, Any] = {
            "id": self.ask_id,
            "participant": self.participant,
            "question": self.question,
            "choices": list(self.choices),
            "deadline": round(self.deadline, 3),
        }
        if len(_fitted(fields)["question"]) < min(len(self.question), LEAST_QUESTION):
            fields["choices"] = []
        return to_json({name: value for name, value in _fitted(fields).items() if value or name in REQUIRED}).decode()

    @classmethod
    def read(cls, value: str) -> OpenQuestion | None:
        """From the attribute's value; None where it is no question.

        What only tells what to show counts as missing where it is not what it must be.
        """
        if len(value.encode(errors="replace")) > LONGEST_ATTRIBUTE or (told := read_object(value)) is None:
            return None
        texts = read_texts(told, *REQUIRED)
        if texts is None or not ASK_ID.fullmatch(texts[0]) or len(texts[1]) > LONGEST_IDENTITY:
            return None
        return cls(
            texts[0],
            texts[1],
            question="".join(read_texts(told, "question") or ())[:LONGEST_QUESTION],
            choices=_choices(told.get("choices")),
            deadline=_time(told.get("deadline")),
        )


@dataclass(frozen=True, slots=True)
class FloorState:
    """What one agent's attributes say of the floor."""

    floor: str = ""
    """The id of what has the floor, an ask or what is said; empty for nothing."""
    question: OpenQuestion | None = None
    renewed: str = ""
    """Unix time in seconds of the asker's clock, right or wrong; empty where it is no time."""
    answered: str = ""
    """The id of the ask that was answered last."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Of the ask that listens, and of what has the floor, if it is another."""
        asked = self.question.ask_id if self.question is not None else ""
        return tuple(each for each in dict.fromkeys((asked, self.floor)) if each)

    def written(self) -> dict[str, str]:
        """The attributes; one that says nothing is empty."""
        return {
            FLOOR_ATTRIBUTE: self.floor,
            ASK_ATTRIBUTE: self.question.written() if self.question is not None else "",
            RENEWED_ATTRIBUTE: self.renewed,
            ANSWERED_ATTRIBUTE: self.answered,
        }

    @classmethod
    def read(cls, attributes: Mapping[str, str]) -> FloorState:
        """From all attributes of an agent; each that is not what it must be counts as missing."""
        floor, renewed = attributes.get(FLOOR_ATTRIBUTE, ""), attributes.get(RENEWED_ATTRIBUTE, "")
        return cls(
            floor=floor if ASK_ID.fullmatch(floor) else "",
            question=OpenQuestion.read(attributes.get(ASK_ATTRIBUTE, "")),
            renewed=renewed if is_time(renewed) else "",
        )


@dataclass(frozen=True, slots=True)
class HoldCall:
    """The payload of ``mcp_voice.hold``."""

    ask_id: str

    def written(self) -> str:
        """As JSON."""
        return to_json({"ask_id": self.ask_id}).decode()

    @classmethod
    def read(cls, payload: str) -> HoldCall | None:
        """From JSON; None where it cannot be read, or its id is none."""
        texts = read_texts(read_object(payload), "ask_id")
        return cls(*texts) if texts is not None and ASK_ID.fullmatch(texts[0]) else None


@dataclass(frozen=True, slots=True)
class ReleaseCall:
    """The payload of ``mcp_voice.release``: what was asked, and what a participant (an identity) answered."""

    ask_id: str
    question: str
    reply: str
    identity: str

    def written(self) -> str:
        """As JSON of at most 15 KiB, with as much of the reply as there is room for."""
        fields = asdict(self)
        for name in SHORTENED:
            while (size := len(to_json(fields))) > LARGEST_CALL and (text := fields[name]):
                fields[name] = text[: min(len(text) - 1, len(text) * LARGEST_CALL // size)]
        return to_json(fields).decode()

    @classmethod
    def read(cls, payload: str) -> ReleaseCall | None:
        """From JSON, with texts that are too long cut; None where it cannot be read."""
        texts = read_texts(read_object(payload), "ask_id", "question", "reply", "identity")
        if texts is None or not ASK_ID.fullmatch(texts[0]):
            return None
        ask_id, question, reply, identity = texts
        return cls(ask_id, question[:LONGEST_QUESTION], reply[:LONGEST_REPLY], identity[:LONGEST_IDENTITY])


def _choices(told: object) -> tuple[str, ...]:
    """A few short texts; nothing where there is anything else among them: some of the answers would mislead."""
    if not isinstance(told, list) or len(told) > MOST_CHOICES:
        return ()
    texts = [whole(each) for each in told if isinstance(each, str) and 0 < len(each) <= LONGEST_CHOICE]
    return tuple(texts) if len(texts) == len(told) else ()


def _time(told: object) -> float:
    """A time that is one, else 0."""
    known = isinstance(told, int | float) and not isinstance(told, bool) and 0 < told < LATEST_TIME
    return float(told) if known and isinstance(told, int | float) else 0.0


def _fitted(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The same with as much of its question as there is room for."""
    question: str = fields["question"]

    def cut(length: int) -> dict[str, Any]:
        return {**fields, "question": question if length == len(question) else question[:length] + CUT}

    lengths = range(1, len(question) + 1)
    # The first whole number of characters that is too much, by halves: it is looked for at each renewal.
    fits = bisect_left(lengths, 1, key=lambda length: len(to_json(cut(length))) > LONGEST_ATTRIBUTE)
    return cut(fits) if fits else {**fields, "question": ""}
