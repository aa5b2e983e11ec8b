"""The turns that are under way in one room, one for each human. Instants are ``time.monotonic()`` seconds."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from mcp_voice.errors import LinkLost, RemovedFromRoom
from mcp_voice.redaction import fault_place
from mcp_voice.turns.pending import Expected
from mcp_voice.turns.turn import Patience, Turn

__all__ = ["OpenTurns"]

log = logging.getLogger(__name__)

SPLIT_SECONDS = 2.0
"""Speech that was under way for longer than this when a question began is no greeting to it."""


@dataclass(slots=True, eq=False)
class OpenTurns:
    """Whoever is saying something, and when they will be done."""

    patience: Patience
    language: str
    choices: Sequence[str] = ()
    """What is to be chosen from now; turns that begin later know it from the start."""
    open_ended: bool = False
    """Whether a story is wanted, in the same way."""
    asked_at: float = float("inf")
    """When the question that is answered now was heard first."""
    _turns: dict[str, Turn] = field(default_factory=dict)

    def turn(self, identity: str) -> Turn:
        """What this human is saying, begun if need be."""
        if identity not in self._turns:
            self._turns[identity] = Turn(self.patience, self.language, self.choices, self.open_ended)
        return self._turns[identity]

    def get(self, identity: str) -> Turn | None:
        """What this human is saying, if anything."""
        return self._turns.get(identity)

    def close(self, identity: str) -> Turn | None:
        """Take a turn out: it is over."""
        return self._turns.pop(identity, None)

    def all(self) -> list[tuple[str, Turn]]:
        """Each human and their turn."""
        return list(self._turns.items())

    def precedes_question(self, turn: Turn, at: float) -> bool:
        """Whether a turn began before the question that speech from ``at`` on may answer: the two are no one turn."""
        return turn.started_at is not None and not turn.speaking and turn.started_at < self.asked_at <= at

    def over_at(self, since: float) -> list[tuple[str, Turn]]:
        """Whose turn ends, at the latest, where a question begins that is heard from then on."""
        return [
            (identity, turn)
            for identity, turn in self.all()
            if not turn.speaking or (turn.started_at is not None and since - turn.started_at > SPLIT_SECONDS)
        ]

    def want(self, expected: Expected | None) -> None:
        """Tell every turn, and those to come, what is to be chosen from, and whether a story is wanted."""
        self.choices = expected.choices if expected else ()
        self.open_ended = expected is not None and expected.open_ended
        for turn in self._turns.values():
            turn.choices, turn.open_ended = self.choices, self.open_ended

    def broke_off(self, lost: LinkLost, now: float) -> list[tuple[str, Turn]]:
        """The connection went; gives the turns that are over by that: all, where nothing is to be heard any more."""
        for turn in self._turns.values():
            turn.broke_off(now)
        return self.all() if isinstance(lost, RemovedFromRoom) else []

    def owed(self, now: float) -> bool:
        """Whether anybody has said something that is still being read."""
        return any(turn.speaking or turn.being_read(now) for turn in self._turns.values())

    def ends_at(self, turn: Turn) -> float | None:
        """When a turn is over; by its silence alone where its words cannot be judged."""
        try:
            return turn.ends_at()
        except Exception as error:  # noqa: BLE001  # whatever words do to the code that judges them, the turn must end
            log.error("a turn's words could not be judged: %s", fault_place(error))  # noqa: TRY400  # no traceback: it quotes
            return turn.stopped_at + self.patience.unfinished

    def dues(self) -> Iterator[float | None]:
        """When each turn is over."""
        return (self.ends_at(turn) for turn in self._turns.values())

    def somebody_speaks(self, now: float, *, passing_over: Callable[[str], bool]) -> bool:
        """Whether any human is speaking, has paused within a sentence, or said what is still being read."""
        turns = (turn for identity, turn in self._turns.items() if not passing_over(identity))
        return any(turn.speaking or turn.text or turn.being_read(now) for turn in turns)

    def under_way(self, participant: str, *, passing_over: Callable[[str, float], bool]) -> bool:
        """Whether one human, or anybody, is speaking, or said what is still being read."""
        return any(
            participant in ("", identity)
            and turn.started_at is not None
            and not passing_over(identity, turn.started_at)
            for identity, turn in self._turns.items()
        )

    def words_so_far(self, participant: str, *, passing_over: Callable[[str, float], bool]) -> str:
        """The words of whatever turn is under way, of one human or of anybody."""
        for identity, turn in self._turns.items():
            wanted = participant in ("", identity) and turn.text
            if wanted and not (turn.started_at is not None and passing_over(identity, turn.started_at)):
                return turn.text
        return ""

    def answers(self, expected: Expected, *, passing_over: Callable[[str, float], bool]) -> Iterator[Turn]:
        """Answers that are under way; ``passing_over`` tells of whom and since when they are for another."""
        for identity, turn in self._turns.items():
            began = turn.started_at
            if began is None or began < expected.since or not expected.concerns(identity):
                continue
            if not passing_over(identity, began):
                yield turn
