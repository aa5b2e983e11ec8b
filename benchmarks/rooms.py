"""Many rooms at once: whether each gets its own answer, how soon, and what the server process costs.

The rooms are entered one after the other; then every one of them is asked at the same time, round after round.

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
from benchmarks.results import leaves
from benchmarks.sentences import Sentence, interrupted_sentences, whole_answers, yes_and_no
from benchmarks.stage import Stage, room_name, warmed
from mcp_voice.human import Human
from mcp_voice.owned import owned_tasks
from tests.support.host import Host

__all__ = ["LEVELS", "measure"]

LEVELS = {1: 1.0, 5: 0.4, 10: 0.2, 25: 0.2}
"""How many rooms, and how many rounds of them, as a share of the number of samples; at least two."""
ENTERING = 3
"""Rooms that are entered at the same time, with a question that does not count: joining costs 0.2 s of a core."""
ENTER_SECONDS = 90.0
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
    taken: dict[str, Any] = {
        "rounds": rounds,
        "right": 0,
        "wrong": [],
        "lost": 0,
        "broken": [],
        "reply_ms": [],
        "first_sound_ms": [],
    }
    level = _Level(stage, host, taken)
    # In each round every room hears another answer.
    said = [random.Random(index).sample(_distinct(), rooms) for index in range(rounds)]
    async with owned_tasks() as tasks:
        for answers in zip(*said, strict=True):
            tasks.start_soon(level.room, answers)
        await level.everybody(rooms)
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
        self._entered = 0
        self._changed = anyio.Event()
        self._doors = anyio.CapacityLimiter(ENTERING)
        self.go = anyio.Event()
        """All rooms are entered: the first question that counts may be asked."""

    async def everybody(self, rooms: int) -> None:
        """Wait until all rooms are entered; who is not there in time is lost."""
        with anyio.move_on_after(ENTER_SECONDS):
            while self._entered < rooms:
                await self._changed.wait()

    async def room(self, answers: Sequence[Sentence]) -> None:
        """One room and its human: a question for each answer."""
        name = room_name()
        try:
            async with self._stage.person(name) as person:
                async with self._doors:
                    greeting = yes_and_no()[0]
                    await ask_and_answer(self._host, person, name, greeting.sounds(), question="Ready?")
                self._enter()
                await self.go.wait()
                for sentence in answers:
                    await self._ask(person, name, sentence)
        except Exception as error:  # noqa: BLE001  # one room must not take the others with it, whatever befell it
            # Its questions count as lost.
            self._taken["broken"] += leaves(error)
            self._enter()

    def _enter(self) -> None:
        self._entered += 1
        self._changed.set()
        self._changed = anyio.Event()

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
