"""Many rooms at once: whether each gets its own answer, how soon, and what the server process costs.

The humans, the models and the LiveKit server are processes of their own and not counted, but on a small machine they
take most of it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import anyio
import psutil

from benchmarks.exchange import ask_and_answer
from benchmarks.sentences import Sentence, interrupted_sentences, whole_answers
from benchmarks.stage import Stage, room_name, warmed
from mcp_voice.errors import VoiceError
from mcp_voice.human import Human
from mcp_voice.owned import owned_tasks
from tests.support.host import Host

__all__ = ["LEVELS", "measure"]

LEVELS = {1: 1.0, 5: 0.4, 10: 0.2, 25: 0.2}
"""How many rooms, and how many rounds of them, as a share of the number of samples; at least two."""
JOIN_SECONDS = 60.0
MEGABYTE = 1024 * 1024


async def measure(stage: Stage, *, samples: int, most: int = 25) -> dict[str, Any]:
    """For each number of rooms: the exchanges, and CPU seconds and memory of the server process."""
    levels = {}
    for rooms, share in LEVELS.items():
        if rooms <= most:
            async with stage.host("ours") as host:
                await warmed(host)
                levels[str(rooms)] = await _level(stage, host, rooms, rounds=max(2, round(share * samples)))
    return {"levels": levels}


async def _level(stage: Stage, host: Host, rooms: int, *, rounds: int) -> dict[str, Any]:
    taken: dict[str, Any] = {"rounds": rounds, "right": 0, "wrong": [], "lost": 0, "reply_ms": [], "first_sound_ms": []}
    level = _Level(stage, host, taken)
    # In each round every room hears another answer.
    said = [random.Random(index).sample(_distinct(), rooms) for index in range(rounds)]
    async with owned_tasks() as tasks:
        for answers in zip(*said, strict=True):
            tasks.start_soon(level.room, answers)
        await level.there(rooms)
        stage.progress(f"{rooms} rooms, {rounds} rounds")
        before = _cpu_seconds(host.process)
        level.go.set()
    taken["lost"] = rooms * rounds - taken["right"] - len(taken["wrong"])
    taken["cpu_seconds"] = round(_cpu_seconds(host.process) - before, 2)
    taken["rss_mb"] = round(host.process.memory_info().rss / MEGABYTE, 1)
    return taken


class _Level:
    """So many rooms; each has a task of its own, so that one that breaks leaves the others alone."""

    def __init__(self, stage: Stage, host: Host, taken: dict[str, Any]) -> None:
        self._stage = stage
        self._host = host
        self._taken = taken
        self._joined = 0
        self._came = anyio.Event()
        self.go = anyio.Event()
        """Everybody is there: the first question may be asked."""

    async def there(self, rooms: int) -> None:
        """Wait until the humans are in their rooms; who is not there in time is lost."""
        with anyio.move_on_after(JOIN_SECONDS):
            while self._joined < rooms:
                await self._came.wait()

    async def room(self, answers: Sequence[Sentence]) -> None:
        """One room and its human: a question for each answer."""
        name = room_name()
        try:
            async with self._stage.person(name) as person:
                self._arrived()
                await self.go.wait()
                for sentence in answers:
                    await self._ask(person, name, sentence)
        except (VoiceError, ExceptionGroup):
            # Its questions count as lost.
            self._arrived()

    def _arrived(self) -> None:
        self._joined += 1
        self._came.set()
        self._came = anyio.Event()

    async def _ask(self, person: Human, room: str, sentence: Sentence) -> None:
        taken = self._taken
        done = await ask_and_answer(self._host, person, room, sentence.sounds())
        taken["reply_ms"].append(done.reply_ms)
        taken["first_sound_ms"].append(done.first_sound_ms)
        if done.answer is not None and done.right(sentence.text) and done.answer.room_name == room:
            taken["right"] += 1
        elif done.answer is not None:
            taken["wrong"].append({"said": sentence.text, "reply": done.reply})


def _distinct() -> list[Sentence]:
    """Answers no two of which are the same, so that a crossed one shows."""
    known = {sentence.text: sentence for sentence in [*whole_answers(), *interrupted_sentences()]}
    return list(known.values())


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
