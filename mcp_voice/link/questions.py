"""Whose question words answer where several processes have asked in one room.

The rule: what a human says or types answers the question that was put to them last and has no answer yet, whoever
put it. Once that one is answered, the one before it is the last again. So with two hosts in a room, of which the first
asked and got ``pending`` and the second asks now, the next words are the second one's, and the words after its answer
are the first one's. What answers another's question is nothing for ``listen_in_room``. Only if its asker turns out to
be gone, or does not take the words for its answer, are they treated as if it had not asked. An asker that takes one
answer after the other while a question of ours is open has a share of them (see ``delivery``), and no more.

Each process decides by itself, from when the others' questions were seen. Instants are ``time.monotonic()`` seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from mcp_voice.participants import Target

__all__ = ["Question", "Withheld", "asked_last"]

TAKEN_SECONDS = 15.0
"""Within this an asker has read what was said to it, and is done with its question."""
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Question:
    """A question that this or another process has put to the room."""

    target: Target
    asked_at: float
    over_at: float = float("inf")
    answered: bool = False
    """Whether it is over as questions are, and not because whoever asked is gone."""
    passed_over: bool = False
    """Whether something that was said to it was not taken for its answer."""
    asker: str = ""
    """Identity of the other process; nothing for our own."""

    def open_to(self, identity: str, at: float) -> bool:
        """Whether what this human began to say then may answer it."""
        asked = self.target.concerns(identity) and self.asked_at <= at < self.over_at
        gone = self.over_at < float("inf") and not self.answered
        return asked and not gone and not self.passed_over


def asked_last(questions: Iterable[Question], identity: str, at: float) -> Question | None:
    """The question that is answered by what this human began to say ``at`` that instant."""
    open_then = (each for each in questions if each.open_to(identity, at))
    return max(open_then, key=lambda each: each.asked_at, default=None)


@dataclass(slots=True, eq=False)
class Withheld(Generic[T]):
    """What answers another's question, until it is known that it was taken for its answer."""

    _said: list[tuple[Question, str, float, T]] = field(default_factory=list)

    def add(self, question: Question, identity: str, said: T, now: float) -> None:
        """This human said it to that question."""
        self._said.append((question, identity, now + TAKEN_SECONDS, said))

    def due_at(self) -> float | None:
        """When ``not_taken`` has something to tell."""
        return min((until for _, _, until, _ in self._said), default=None)

    def not_taken(self, now: float, *, speaking: Collection[str]) -> list[T]:
        """What was not taken after all; those who are still speaking may not be done with their answer."""
        due = [each for each in self._said if each[2] <= now]
        self._said = [each for each in self._said if each[2] > now]
        given_back: list[T] = []
        for question, identity, _, said in due:
            if question.answered:
                continue
            if identity in speaking and question.over_at == float("inf"):
                self.add(question, identity, said, now)
            else:
                question.passed_over = True
                given_back.append(said)
        return given_back
