"""The asks of a process, open and over: found in constant time, limited in number, forgotten after a while."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterator
from typing import TypeVar

from mcp_voice.asks.ask import Ask
from mcp_voice.asks.figures import STARTING, CallFigures, outcome_word
from mcp_voice.bounds.limits import MOST_OPEN, MOST_OPEN_IN_ROOM
from mcp_voice.logs.audit import tell_ask_ended
from mcp_voice.participants import Target
from mcp_voice.store.refusals import too_many, too_many_in_room, unknown_ask
from mcp_voice.words import question_key

__all__ = ["Registry"]

ASKS_KEPT = 2_000
K = TypeVar("K")


class Registry:
    """All asks by id, and the open ones by what would repeat them."""

    def __init__(
        self,
        *,
        keep_seconds: float,
        most_open: int = MOST_OPEN,
        figures: CallFigures | None = None,
        subject: str = "",
    ) -> None:
        """``most_open`` asks may be open at once, in all rooms together; ``figures`` counts what becomes of them.

        How each ends is in the audit log, under the name of their ``subject``.
        """
        self._keep_seconds = keep_seconds
        self._subject = subject
        self.figures = figures or CallFigures()
        self.most_open = most_open
        self._asks: dict[str, Ask] = {}
        self._over: deque[Ask] = deque()
        """Those that are over, in the order in which they ended."""
        self._calls: dict[str, Ask] = {}
        self._questions: defaultdict[tuple[str, str], dict[str, Ask]] = defaultdict(dict)
        """Open asks by room and question, and by question alone (in no room)."""
        self._rooms: defaultdict[str, dict[str, Ask]] = defaultdict(dict)

    def __iter__(self) -> Iterator[Ask]:
        """Every ask that is kept, the oldest first."""
        return iter(self._asks.values())

    @property
    def has_open(self) -> bool:
        """Whether any is."""
        return len(self._asks) > len(self._over)

    def waiting(self) -> Iterator[str]:
        """What each of those that are open waits for, as one of ``figures.WAITED_FOR``."""
        for here in self._rooms.values():
            for ask in here.values():
                yield ask.waiting_for or STARTING

    def repeated(self, question: str, target: Target, tool_use_id: str) -> Ask | None:
        """The open ask that this call repeats: a host that timed out asks the same thing again."""
        same_call = self._calls.get(tool_use_id) if tool_use_id else None
        if same_call is not None and same_call.is_open:
            return same_call
        alike = self._questions.get((target.room_name, question_key(question)), {}).values()
        return next((ask for ask in alike if ask.is_open and target.covers(ask.target)), None)

    def add(self, ask: Ask) -> None:
        """Keep an ask that has just been opened; raises BadInput where too many are open."""
        self._forget_old()
        here = self._rooms.get(ask.room_name, {})
        if len(here) >= MOST_OPEN_IN_ROOM:
            raise too_many_in_room(ask.room_name, list(here))
        if len(self._asks) - len(self._over) >= self.most_open:
            raise too_many(self._open(), most=self.most_open)
        self._asks[ask.id] = ask
        self.figures.ask_opened()
        self._index(ask)
        if ask.tool_use_id:
            self._calls[ask.tool_use_id] = ask

    def move(self, ask: Ask, target: Target) -> None:
        """An open ask is put to others than it was opened for."""
        self._take_out(ask)
        ask.target = target
        self._index(ask)

    def close(self, ask: Ask) -> None:
        """It is over, and is kept for a while."""
        self._over.append(ask)
        self.figures.ask_ended(ask.outcome)
        tell_ask_ended(
            subject=self._subject,
            room_name=ask.room_name,
            ask_id=ask.id,
            outcome=outcome_word(ask.outcome),
            seconds=time.monotonic() - ask.opened_at,
        )
        self._take_out(ask)
        if self._calls.get(ask.tool_use_id) is ask:
            del self._calls[ask.tool_use_id]

    def get(self, ask_id: str) -> Ask:
        """The ask of that id; raises UnknownAsk."""
        self._forget_old()
        if ask_id not in self._asks:
            raise unknown_ask(ask_id, kept=list(self._asks)[::-1])
        return self._asks[ask_id]

    def _index(self, ask: Ask) -> None:
        self._rooms[ask.room_name][ask.id] = ask
        for key in self._keys(ask):
            self._questions[key][ask.id] = ask

    def _take_out(self, ask: Ask) -> None:
        _take_out(self._rooms, ask.room_name, ask.id)
        for key in self._keys(ask):
            _take_out(self._questions, key, ask.id)

    def _open(self) -> list[str]:
        return [ask.id for here in self._rooms.values() for ask in here.values()]

    @staticmethod
    def _keys(ask: Ask) -> tuple[tuple[str, str], ...]:
        question = question_key(ask.question)
        return (ask.room_name, question), ("", question)

    def _forget_old(self) -> None:
        horizon = time.monotonic() - self._keep_seconds
        while self._over and (
            len(self._asks) > ASKS_KEPT or (closed := self._over[0].closed_at) is None or closed < horizon
        ):
            self._asks.pop(self._over.popleft().id, None)


def _take_out(index: dict[K, dict[str, Ask]], key: K, ask_id: str) -> None:
    index.get(key, {}).pop(ask_id, None)
    if not index.get(key):
        index.pop(key, None)
