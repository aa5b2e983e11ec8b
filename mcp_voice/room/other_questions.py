"""The questions that other processes of ours have put to a room: what is said answers them, and is not for us.

An asker carries the attribute ``mcp_voice.ask``, a JSON object with the ask's ``id`` and the identity of the only
``participant`` who may answer (or nothing), from the moment at which its question sounds until it has its answer, also
when it has given the floor back; and it renews ``mcp_voice.floor_renewed``. Instants are ``time.monotonic()`` seconds.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from livekit import rtc

from mcp_voice.questions import Question
from mcp_voice.room.admission import LONGEST_IDENTITY
from mcp_voice.room.floor_others import ASK_ID, RENEWED_ATTRIBUTE, STALE_SECONDS, agents, is_agent, is_time

__all__ = ["ASK_ATTRIBUTE", "OtherQuestions", "read", "written"]

ASK_ATTRIBUTE = "mcp_voice.ask"
LONGEST_ATTRIBUTE = 8_000
"""Bytes: what the longest identity can take, of whatever characters; LiveKit allows all attributes together 64,000."""
KEPT_SECONDS = 60.0
"""How long a question is known after its end: whoever else heard its answer may be slower to read it."""
KEPT = 100
KEPT_OF_ONE = 10
"""Of one asker, whose own questions push out no others."""
HEARD_SECONDS = 0.25
"""Nobody hears a question and answers it within this, so one that is over by then was not answered."""


def written(ask_id: str, participant: str) -> str:
    """The attribute's value."""
    return json.dumps({"id": ask_id, "participant": participant}, ensure_ascii=False)


def read(value: str) -> tuple[str, str] | None:
    """The ask's id and who may answer, from the attribute's value; None where it is none."""
    try:
        told = json.loads(value) if 0 < len(value.encode(errors="replace")) <= LONGEST_ATTRIBUTE else None
        ask_id, participant = (told["id"], told["participant"]) if isinstance(told, dict) else ("", "")
    except (ValueError, KeyError, RecursionError):
        return None
    if not isinstance(ask_id, str) or not isinstance(participant, str):
        return None
    return (ask_id, participant) if ASK_ID.fullmatch(ask_id) and len(participant) <= LONGEST_IDENTITY else None


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
        ours = {ASK_ATTRIBUTE, RENEWED_ATTRIBUTE} & changed.keys()
        if ours and participant.identity in self._connection.remote_participants and is_agent(participant):
            self._note(participant.identity, participant.attributes)

    def _note(self, identity: str, attributes: Mapping[str, str]) -> None:
        now = time.monotonic()
        renewed = attributes.get(RENEWED_ATTRIBUTE, "")
        shown = read(attributes.get(ASK_ATTRIBUTE, "")) if is_time(renewed) else None
        asking = self._asking.get(identity)
        if asking is not None and (shown is None or shown[0] != asking.ask_id):
            self._end(identity, answered=True)
            asking = None
        if asking is not None:
            asking.renewed, asking.renewed_at = renewed, (now if renewed != asking.renewed else asking.renewed_at)
        elif shown is not None:
            self._asking[identity] = _Asking(shown[0], Question(shown[1], now, asker=identity), renewed, now)

    def _end(self, identity: str, *, answered: bool) -> None:
        question = self._asking.pop(identity).question
        question.over_at = time.monotonic()
        question.answered = answered and question.over_at - question.asked_at >= HEARD_SECONDS
        of_one = [each for each in self._over if each.asker == identity]
        if len(of_one) >= KEPT_OF_ONE:
            self._over.remove(of_one[0])
        self._over.append(question)
