"""The open requests of a store in memory, found by their place and their subject in constant time; what repeats one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Generic, TypeVar

from mcp_voice.participants import Target
from mcp_voice.store.records import Request, State
from mcp_voice.store.tags import tag
from mcp_voice.words import question_key

__all__ = ["OpenRequests", "repeats"]

T = TypeVar("T")
K = TypeVar("K")


class OpenRequests(Generic[T]):
    """What is kept of each, in the order in which they were opened."""

    def __init__(self) -> None:
        self._all: dict[str, T] = {}
        self._places: defaultdict[tuple[str, str], dict[str, T]] = defaultdict(dict)
        self._subjects: defaultdict[str, dict[str, T]] = defaultdict(dict)

    def add(self, request: Request, kept: T) -> None:
        """It is open."""
        self._all[request.id] = kept
        self._places[_place(request)][request.id] = kept
        self._subjects[request.subject][request.id] = kept

    def remove(self, request: Request) -> None:
        """It is over; nothing happens where that is known."""
        self._all.pop(request.id, None)
        _take_out(self._places, _place(request), request.id)
        _take_out(self._subjects, request.subject, request.id)

    def everywhere(self) -> Sequence[T]:
        """All of them."""
        return list(self._all.values())

    def of_subject(self, subject: str) -> Sequence[T]:
        """Those of one subject."""
        return list(self._subjects.get(subject, {}).values())

    def of_place(self, subject_tag: str, room_name: str) -> Sequence[T]:
        """Those of a place, for whoever knows of its subject no more than its ``tag``."""
        return list(self._places.get((subject_tag, room_name), {}).values())


def repeats(request: Request, state: State) -> bool:
    """Whether a call asks what is open, of some of those who are asked, in the room where that is asked by now."""
    other = state.request
    same_room = not request.named or request.room_name in (other.room_name, state.progress.result.get("room_name"))
    same_question = request.kind == "ask" and question_key(request.text) == question_key(other.text)
    return same_room and same_question and Target(request.participant).covers(Target(other.participant))


def _place(request: Request) -> tuple[str, str]:
    return tag(request.subject), request.room_name


def _take_out(index: dict[K, dict[str, T]], key: K, request_id: str) -> None:
    index.get(key, {}).pop(request_id, None)
    if not index.get(key):
        index.pop(key, None)
