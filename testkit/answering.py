"""Somebody in a room who hears each question out and answers it, with words that nobody else says to anything else."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise

from livekit import rtc

from mcp_voice.audio import Pcm
from mcp_voice.floor_protocol import ASK_ATTRIBUTE, STALE_SECONDS, FloorState
from mcp_voice.people.human import Human
from mcp_voice.people.recorder import Sound
from mcp_voice.tasks import owned_tasks
from testkit.rig import ours
from testkit.waiting import until

__all__ = ["Answering", "answering"]

QUIET_SECONDS = 0.6
"""Silence after which a question counts as asked."""
UNHEARD_SECONDS = 8.0
"""A question that is shown for so long, without a sound, is answered all the same."""
AGAIN_SECONDS = 12.0
"""A question that is still shown so long after its answer is answered again: nobody has understood it."""
SUBSCRIBED_SECONDS = 5.0
UTTERANCE_GAP = 1.2
"""Seconds: a voice that stalls on a busy machine goes on sooner."""
STATE = "lk.agent.state"


@dataclass(frozen=True, slots=True)
class Shown:
    """A question, and whose it is."""

    sid: str
    question: str


class Answering:
    """One person; ``answers`` are their words to each question, as sound."""

    def __init__(self, person: Human, answers: Mapping[str, Pcm], told: Callable[[str], None]) -> None:
        self.person = person
        self.answered: Counter[str] = Counter()
        """How often they have said the answer to a question."""
        self.is_speaking = False
        self._answers = answers
        self._told = told
        self._said_at: dict[Shown, float] = {}
        self._shown_at: dict[Shown, float] = {}

    async def run(self) -> None:
        """Answer whatever is asked, for as long as it is asked."""
        while True:
            due = await until(self._due, limit=math.inf)
            assert due is not None
            with suppress(TimeoutError):
                await self.person.subscribed(limit=SUBSCRIBED_SECONDS)
            self._told(due.question)
            self.is_speaking = True
            await self.person.speak(self._answers[due.question])
            self.is_speaking = False
            self._said_at[due] = time.monotonic()
            self.answered[due.question] += 1

    @property
    def hears(self) -> bool:
        """Whether somebody is asking at this moment."""
        return bool(self._sounds) and time.monotonic() - self._sounds[-1].ended_at < QUIET_SECONDS / 2

    def utterances(self, since: float, until: float) -> int:
        """How often somebody has begun to say something to them between two instants."""
        sounds = [each for each in self._sounds if since <= each.began_at <= until]
        gaps = (after.began_at - before.ended_at for before, after in pairwise(sounds))
        return bool(sounds) + sum(gap > UTTERANCE_GAP for gap in gaps)

    def sounded(self, since: float, until: float) -> float:
        """For how many seconds, of what was begun between two instants; a voice that stalls adds none."""
        return sum(each.ended_at - each.began_at for each in self._sounds if since <= each.began_at <= until)

    @property
    def _sounds(self) -> list[Sound]:
        return sorted(self.person.heard.sounds, key=lambda each: each.began_at)

    def _due(self) -> Shown | None:
        """The question that is to be answered now."""
        shown, now = self._shown(), time.monotonic()
        if shown is None:
            return None
        last = max((each.ended_at for each in self.person.heard.sounds), default=0.0)
        said_at, shown_at = self._said_at.get(shown, 0.0), self._shown_at.setdefault(shown, now)
        is_asked = last > max(said_at, shown_at - QUIET_SECONDS) and now - last > QUIET_SECONDS
        is_unheard = now - max(shown_at, last) > UNHEARD_SECONDS if not said_at else now - said_at > AGAIN_SECONDS
        return shown if is_asked or is_unheard else None

    def _shown(self) -> Shown | None:
        """What an agent that has spoken to its end shows as its question; one that is gone renews nothing."""
        asking = [each for each in ours(self.person) if each.attributes.get(ASK_ATTRIBUTE)]
        asker = max(asking, key=_renewed, default=None)
        if asker is None or time.time() - _renewed(asker) > STALE_SECONDS:
            return None
        question = FloorState.read(asker.attributes).question
        is_speaking = asker.attributes.get(STATE) == "speaking"
        return None if question is None or is_speaking else Shown(asker.sid, question.question)


def _renewed(asker: rtc.RemoteParticipant) -> float:
    return float(FloorState.read(asker.attributes).renewed or 0)


@asynccontextmanager
async def answering(
    person: Human, answers: Mapping[str, Pcm], *, told: Callable[[str], None] = lambda _: None
) -> AsyncIterator[Answering]:
    """Have them answer while the block lasts; ``told`` gets the question whose answer they begin to say."""
    somebody = Answering(person, answers, told)
    async with owned_tasks() as tasks:
        tasks.start_soon(somebody.run)
        yield somebody
        tasks.cancel_scope.cancel()
