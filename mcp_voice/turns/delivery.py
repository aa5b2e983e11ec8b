"""Where it goes what somebody has said: to our question, to that of another process, or to nobody yet."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from mcp_voice.bounds.rate_limit import Limit, RateLimit
from mcp_voice.link.questions import Question, Withheld, asked_last
from mcp_voice.turns.pending import PendingReply
from mcp_voice.turns.transcript import Reply, Transcript

__all__ = ["Delivery"]

EVERYBODY = ""
KEPT = 10
"""Of our own questions; there is one at a time, and of those before it only the last few can matter."""
TAKEN = Limit(burst=8, per_second=1 / 60)
"""What one other asker may take for its answer while our question is open to it; then it is as if it had not asked."""
TAKEN_BY_ALL = Limit(burst=16, per_second=1 / 30)
"""The same for all other askers together."""


class Delivery:
    """Of one room; ``others`` are the questions of other processes there."""

    def __init__(self, transcript: Transcript, language: str, others: Callable[[], Sequence[Question]]) -> None:
        self._transcript = transcript
        self._language = language
        self._others = others
        self._pending: PendingReply | None = None
        self._ours: deque[Question] = deque(maxlen=KEPT)
        self._withheld: Withheld[Reply] = Withheld()
        self._taken = RateLimit(TAKEN)
        self._taken_by_all = RateLimit(TAKEN_BY_ALL)

    def asked(self, pending: PendingReply) -> None:
        """Our question is heard from ``pending.since`` on; it may have been before, or one of an ask that hung."""
        if self._pending is not None:
            self._end(pending.since)
        self._pending = pending
        self._ours.append(Question(pending.target, pending.since))

    def over(self, pending: PendingReply, now: float) -> None:
        """Our question has its answer, or nobody waits for it any more."""
        if self._pending is pending:
            self._pending = None
            self._end(now)

    def is_anothers(self, identity: str, at: float) -> bool:
        """Whether what this human began to say then answers the question of another process."""
        return self._question(identity, at) is not None

    def deliver(self, reply: Reply, now: float) -> Reply | None:
        """A turn is over: it answers the ask that waits for it, is another's, or is kept; gives our answer."""
        identity, at = reply.participant.identity, reply.started_at
        if (question := self._question(identity, at)) is not None:
            self._withheld.add(question, identity, reply, now)
            if self._pending is not None and self._pending.accepts(identity, at):
                self._taken.allows(question.asker, now)
                self._taken_by_all.allows(EVERYBODY, now)
        elif (pending := self._pending) is not None and pending.accepts(identity, at):
            answer = replace(reply, choice=pending.choice_in(reply.text, reply.channel, language=self._language))
            pending.resolve(answer)
            self.over(pending, now)
            return answer
        else:
            self._transcript.keep(reply)
        return None

    def due_at(self) -> float | None:
        """When ``tick`` has something to do."""
        return self._withheld.due_at()

    def tick(self, now: float, *, speaking: Collection[str]) -> None:
        """Take back what others did not take."""
        for reply in self._withheld.not_taken(now, speaking=speaking):
            self.deliver(reply, now)

    def _end(self, now: float) -> None:
        """What was asked last is over; left open, it would take the answers to all questions before it."""
        self._ours[-1].over_at, self._ours[-1].answered = now, True

    def _question(self, identity: str, at: float) -> Question | None:
        others: Sequence[Question] = self._others()
        if self._pending is not None and self._pending.accepts(identity, at):
            others = [each for each in others if self._may_take(each.asker)]
        last = asked_last((*others, *self._ours), identity, at)
        return None if any(last is each for each in self._ours) else last

    def _may_take(self, asker: str) -> bool:
        now = time.monotonic()
        return not (self._taken.opens_in(asker, now) or self._taken_by_all.opens_in(EVERYBODY, now))
