"""The questions that other processes of ours have put to a room: what is said answers them, and is not for us.

An asker shows its question as long as it listens for the answer (see ``floor_protocol``). Instants are
``time.monotonic()`` seconds.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from livekit import rtc

from mcp_voice.floor_protocol import STALE_SECONDS, FloorState, concern_floor
from mcp_voice.link.questions import Question
from mcp_voice.participants import Target
from mcp_voice.room.floor_others import agents, is_agent

__all__ = ["OtherQuestions"]

KEPT_SECONDS = 60.0
"""How long a question is known after its end: whoever else heard its answer may be slower to read it."""
KEPT = 100
KEPT_OF_ONE = 10
"""Of one asker, whose own questions push out no others."""
HEARD_SECONDS = 0.25
"""Nobody hears a question and answers it within this, so one that is over by then was not answered."""


@dataclass(slots=True)
class _Asking:
    """A question that somebody shows."""

    ask_id: str
    question: Question
    renewed: str
    renewed_at: float


class OtherQuestions:
    """The questions of all other agents in a room, looked at for as long as we are in it."""

    def __init__(self, connection: rtc.Room) -> None:
        self._connection = connection
        self._asking: dict[str, _Asking] = {}
        """By the asker's identity."""
        self._over: deque[Question] = deque(maxlen=KEPT)

    def all(self) -> Sequence[Question]:
        """Those that are open, and those that were until a minute ago."""
        now = time.monotonic()
        for identity, asking in list(self._asking.items()):
            if now - asking.renewed_at >= STALE_SECONDS:
                self._end(identity, answered=False)
        while self._over and now - self._over[0].over_at > KEPT_SECONDS:
            self._over.popleft()
        return [*self._over, *(asking.question for asking in self._asking.values())]

    def look(self, *_: object) -> None:
        """Take down what everybody's attributes say now."""
        here = {agent.identity: agent.attributes for agent in agents(self._connection)}
        for identity in [each for each in self._asking if each not in here]:
            self._end(identity, answered=False)
        for identity, attributes in here.items():
            self._note(identity, attributes)

    def look_at(self, changed: Mapping[str, str], participant: rtc.Participant) -> None:
        """Take down what one agent's attributes say now; others may change theirs as often as they like."""
        here = participant.identity in self._connection.remote_participants
        if concern_floor(changed) and here and is_agent(participant):
            self._note(participant.identity, participant.attributes)

    def _note(self, identity: str, attributes: Mapping[str, str]) -> None:
        now = time.monotonic()
        state = FloorState.read(attributes)
        renewed, shown = state.renewed, (state.question if state.renewed else None)
        asking = self._asking.get(identity)
        if asking is not None and (shown is None or shown.ask_id != asking.ask_id):
            self._end(identity, answered=True)
            asking = None
        if asking is not None:
            asking.renewed, asking.renewed_at = renewed, (now if renewed != asking.renewed else asking.renewed_at)
        elif shown is not None:
            self._asking[identity] = _Asking(
                shown.ask_id, Question(Target(shown.participant), now, asker=identity), renewed, now
            )

    def _end(self, identity: str, *, answered: bool) -> None:
        question = self._asking.pop(identity).question
        question.over_at = time.monotonic()
        question.answered = answered and question.over_at - question.asked_at >= HEARD_SECONDS
        of_one = [each for each in self._over if each.asker == identity]
        if len(of_one) >= KEPT_OF_ONE:
            self._over.remove(of_one[0])
        self._over.append(question)
