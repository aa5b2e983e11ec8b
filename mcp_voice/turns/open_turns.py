"""The turns that are under way in one room, one for each human. Instants are ``time.monotonic()`` seconds."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from mcp_voice.errors import LinkLost, RemovedFromRoom
from mcp_voice.participants import Target
from mcp_voice.redaction import fault_place
from mcp_voice.turns.outage import HEARD_ON_SECONDS, Outage
from mcp_voice.turns.pending import PendingReply
from mcp_voice.turns.turn import Patience, Turn
from mcp_voice.turns.verdict import NOTHING_ASKED, ExpectedAnswer

__all__ = ["OpenTurns"]

log = logging.getLogger(__name__)

SPLIT_SECONDS = 2.0
"""Speech that was under way for longer than this when a question began is no greeting to it."""


@dataclass(slots=True, eq=False)
class OpenTurns:
    """Whoever is saying something, and when they will be done."""

    patience: Patience
    language: str
    is_anothers: Callable[[str, float], bool]
    """Whether what this human began to say then answers the question of another process, and so is not for us."""
    expected: ExpectedAnswer = NOTHING_ASKED
    """What is to be answered now; turns that begin later know it from the start."""
    asked_at: float = float("inf")
    """When the question that is answered now was heard first."""
    _turns: dict[str, Turn] = field(default_factory=dict)
    _broke_at: float | None = None
    """Since when our connection is broken."""
    _missed_until: float = -math.inf
    """When it was back the last time that nobody heard us for a while."""

    def turn(self, identity: str) -> Turn:
        """What this human is saying, begun if need be."""
        if identity not in self._turns:
            outage = None if self._broke_at is None else Outage(self._broke_at)
            self._turns[identity] = Turn(self.patience, self.language, self.expected, outage=outage)
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
            if not (turn.speaking or self._was_cut_since(turn, since))
            or (turn.started_at is not None and since - turn.started_at > SPLIT_SECONDS)
        ]

    def breaks(self, now: float) -> None:
        """Our connection breaks: whoever speaks is cut off."""
        self._broke_at = now if self._broke_at is None else self._broke_at
        for turn in self._turns.values():
            turn.breaks(now)

    def mended(self, now: float) -> None:
        """We are back."""
        if self._broke_at is not None and now - self._broke_at >= HEARD_ON_SECONDS:
            self._missed_until = now
        self._broke_at = None
        for turn in self._turns.values():
            turn.mended(now)

    @property
    def is_broken(self) -> bool:
        """Whether our connection is broken now."""
        return self._broke_at is not None

    def missed_since(self, at: float) -> bool:
        """Whether our connection has been broken since, for so long that nobody heard us."""
        return self._missed_until > at

    def cut_off_since(self, target: Target, asked_at: float) -> float | None:
        """When the first of those began who were cut off while they answered what was heard from ``asked_at`` on."""
        began = (turn.started_at for who, turn in self.all() if turn.outage is not None and target.concerns(who))
        return min((at for at in began if at is not None and at >= asked_at), default=None)

    def want(self, pending: PendingReply | None) -> None:
        """Tell every turn, and those to come, what is asked, if anything, and what is to be chosen from."""
        self.expected = pending.expected if pending else NOTHING_ASKED
        for turn in self._turns.values():
            turn.expected = self.expected

    def broke_off(self, lost: LinkLost, now: float) -> list[tuple[str, Turn]]:
        """The connection went; gives the turns that are over by that: all, where nothing is to be heard any more."""
        self._broke_at = now if self._broke_at is None else self._broke_at
        is_for_good = isinstance(lost, RemovedFromRoom)
        for turn in self._turns.values():
            turn.broke_off(now, is_for_good=is_for_good)
        return self.all() if is_for_good else []

    def being_read(self, now: float) -> bool:
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
        turns = (turn for identity, turn in self._turns.items() if not (turn.is_cut_off(now) or passing_over(identity)))
        return any(turn.speaking or turn.text or turn.being_read(now) for turn in turns)

    def words_coming(self, target: Target) -> bool:
        """Whether one whom we listen to is speaking, or said what is still being read."""
        return any(target.concerns(identity) and self._is_ours(identity, turn) for identity, turn in self.all())

    def words_so_far(self, target: Target) -> str:
        """The words of whatever turn is under way, of one whom we listen to."""
        for identity, turn in self.all():
            if target.concerns(identity) and turn.text and self._is_ours(identity, turn):
                return turn.text
        return ""

    def answer_so_far(self, pending: PendingReply) -> str:
        """The words or keys of an answer that is under way."""
        return next((turn.text or turn.keys for turn in self._answers(pending) if turn.text or turn.keys), "")

    def answering(self, pending: PendingReply) -> bool:
        """Whether an answer is under way, in sound if not in words yet."""
        return any(True for _ in self._answers(pending))

    def answer_being_read(self, pending: PendingReply) -> bool:
        """Whether words of an answer are being transcribed."""
        return any(turn.at_recogniser for turn in self._answers(pending))

    def _answers(self, pending: PendingReply) -> Iterator[Turn]:
        for identity, turn in self._turns.items():
            began = turn.started_at
            if began is None or began < pending.since or not pending.concerns(identity):
                continue
            if not self.is_anothers(identity, began):
                yield turn

    @staticmethod
    def _was_cut_since(turn: Turn, since: float) -> bool:
        return turn.outage is not None and turn.started_at is not None and turn.started_at >= since

    def _is_ours(self, identity: str, turn: Turn) -> bool:
        return turn.started_at is not None and not self.is_anothers(identity, turn.started_at)
