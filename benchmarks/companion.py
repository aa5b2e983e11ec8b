"""The companion's conversation: from the end of the human's speech to the first sound of the answer at their ear.

The models are stubs that take a fixed time each, so that what we add ourselves shows. Each call is told by the stubs
with its instants, and all others are taken at the human's mouth and ear: nothing is measured by the worker. The plain
worker of ``plain_worker.py`` is spoken to in turns with ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice, pairwise
from typing import Any

import anyio

from benchmarks.exchange import same_words
from benchmarks.models import Call, Delays, Models, models
from benchmarks.sentences import Sentence, interrupted_sentences, voices_in_turn, whole_answers
from benchmarks.stage import Stage, room_name
from benchmarks.workers import WORKERS, send, worker
from mcp_voice.people.human import Human, SpeechTimes
from mcp_voice.tasks import owned_tasks
from mcp_voice.words import unfinished

__all__ = ["DELAYS", "PARTS", "converse", "measure"]

DELAYS = Delays(stt=0.15, llm=0.2, tts=0.06)
PAUSE_SECONDS = 1.0
"""How long the human stops to think in the middle of a sentence."""
QUIET_SECONDS = 0.5
"""Silence after which the human speaks again."""
JOIN_SECONDS = 60.0
LOST_SECONDS = 10.0
"""An answer that has not begun by then never will."""
TAKEN = ("total_ms", "parts_ms", "dictated_ms", "right", "cut", "heard")
PARTS = ("hearing", "stt", "asking", "llm", "endpointing", "tts", "transport")
"""From the end of the speech to the recogniser, its time, to the language model, its time, to the voice, its time, to
the ear."""


@dataclass(slots=True)
class _Talk:
    """One conversation and what came of it."""

    person: Human
    models: Models
    taken: dict[str, Any] = field(default_factory=lambda: {name: [] for name in TAKEN})

    async def turn(self, sentence: Sentence, alone: anyio.Lock) -> None:
        """Say a whole sentence and hear the answer; nobody else is answered meanwhile."""
        async with alone:
            spoken = await self.person.speak_all(*sentence.sounds())
            sounded_at = await self._answer(spoken)
        await self._rest()
        calls = None if sounded_at is None else self._calls(spoken, sounded_at)
        self.taken["right"].append(calls is not None and same_words(calls[1].text, sentence.text))
        if calls is None or sounded_at is None:
            return
        total = _ms(sounded_at - spoken.ended_at)
        if unfinished(sentence.text):
            # Digits: whoever reads out a number is given time for more of it, so that a figure of its own is due.
            self.taken["dictated_ms"].append(total)
        else:
            ends = [spoken.ended_at, *(at for call in calls for at in (call.asked_at, call.ended_at)), sounded_at]
            parts = [_ms(later - sooner) for sooner, later in pairwise(ends)]
            self.taken["parts_ms"].append(dict(zip(PARTS, parts, strict=True)))
            self.taken["total_ms"].append(total)

    async def think(self, sentence: Sentence) -> None:
        """Stop to think in the middle of a sentence: an answer before its end has cut us off."""
        known = len(self.models.calls)
        spoken = await self.person.speak_all(*sentence.sounds(PAUSE_SECONDS))
        await self._answer(spoken)
        await self._rest()
        sounds = self.person.heard.sounds
        self.taken["cut"].append(any(spoken.started_at < each.began_at < spoken.ended_at for each in sounds))
        self.taken["heard"].append([call.text for call in self.models.calls[known:] if call.part == "stt"])

    async def _answer(self, spoken: SpeechTimes) -> float | None:
        with anyio.move_on_after(LOST_SECONDS):
            while True:
                sounded_at = await self.person.hears_sound(limit=LOST_SECONDS)
                if sounded_at > spoken.ended_at:
                    return sounded_at
                await self.person.hears_silence(limit=LOST_SECONDS)
        return None

    async def _rest(self) -> None:
        await self.person.hears_silence(quiet=QUIET_SECONDS, limit=LOST_SECONDS)

    def _calls(self, spoken: SpeechTimes, sounded_at: float) -> tuple[Call, Call, Call] | None:
        """The calls that the answer came from: each before the next one, from the last on."""
        voice = self.models.last_within("tts", spoken.started_at, sounded_at)
        mind = voice and self.models.last_within("llm", spoken.started_at, voice.asked_at)
        ears = mind and self.models.last_within("stt", spoken.started_at, mind.asked_at)
        return (ears, mind, voice) if ears and mind and voice else None


async def measure(stage: Stage, *, samples: int, kinds: Sequence[str] = tuple(WORKERS)) -> dict[str, Any]:
    """Milliseconds of three times as many turns as samples, their parts, and how many of the samples were cut off.

    ``calls`` counts what each model was asked, so that what is asked in vain shows.
    """
    return await converse(stage, DELAYS, turns=3 * samples, pauses=samples, kinds=kinds)


async def converse(
    stage: Stage, delays: Delays, *, turns: int, pauses: int, kinds: Sequence[str] = tuple(WORKERS)
) -> dict[str, Any]:
    """The same, with models that take that long, of so many turns and sentences with a pause."""
    said = list(islice(cycle(voices_in_turn(whole_answers())), turns))
    broken = list(islice(cycle(interrupted_sentences()), pauses))
    async with AsyncExitStack() as stack:
        talks = {}
        for kind in kinds:
            stage.progress(f"companion: {kind} starts")
            talks[kind] = await stack.enter_async_context(_talk(stage, kind, delays))
        await _side_by_side(stage, talks, said, broken)
        for talk in talks.values():
            talk.taken["calls"] = Counter(call.part for call in talk.models.calls)
    return {**{kind: talk.taken for kind, talk in talks.items()}, "stubs_ms": _ms(delays.total)}


@asynccontextmanager
async def _talk(stage: Stage, kind: str, delays: Delays) -> AsyncIterator[_Talk]:
    room = room_name()
    async with (
        models(stage.folder, delays) as stubs,
        worker(stage, kind, stubs),
        stage.person(room) as person,
    ):
        await send(stage, kind, room)
        await person.hears_sound(limit=JOIN_SECONDS)
        await person.hears_silence(quiet=QUIET_SECONDS, limit=LOST_SECONDS)
        yield _Talk(person, stubs)


async def _side_by_side(
    stage: Stage, talks: dict[str, _Talk], said: Sequence[Sentence], broken: Sequence[Sentence]
) -> None:
    alone = anyio.Lock()

    async def converse(kind: str, talk: _Talk) -> None:
        for index, sentence in enumerate(said):
            stage.progress(f"companion, turn {index + 1} of {len(said)}: {kind}")
            await talk.turn(sentence, alone)
        for index, sentence in enumerate(broken):
            stage.progress(f"companion, pause {index + 1} of {len(broken)}: {kind}")
            await talk.think(sentence)

    async with owned_tasks() as tasks:
        for kind, talk in talks.items():
            tasks.start_soon(converse, kind, talk)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
