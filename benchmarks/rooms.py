"""Many rooms at once: whether each gets its own answer, how soon, and what the server process costs.

The rooms are entered one after the other; then every one of them is asked at the same time, round after round. Whoever
is told that the machine is busy asks again after the seconds that they were told.

The humans, the models and the LiveKit server are processes of their own and not counted, but on a small machine they
take most of it.
"""

from __future__ import annotations

import random
import re
import time
from dataclasses import dataclass
from typing import Any

import anyio
import psutil

from benchmarks.exchange import LOST_SECONDS, QUESTION, same_words
from benchmarks.people import Crowd, people
from benchmarks.sentences import Sentence, interrupted_sentences, whole_answers, yes_and_no
from benchmarks.stage import Stage, room_name, warmed
from mcp_voice.results import Answer
from mcp_voice.tasks import owned_tasks
from mcp_voice.texts.counting import counted
from testkit.host import Host, ToolFault

__all__ = ["LEVELS", "cpu_seconds", "level", "measure"]

LEVELS = {1: 1.0, 5: 0.4, 10: 0.2, 25: 0.2}
"""How many rooms, and how many rounds of them, as a share of the number of samples; at least two."""
ENTERING = 3
"""Rooms that are entered at the same time, with a question that does not count: joining costs 0.2 s of a core."""
AGAIN = re.compile(r"about (\d+) s")
TRIED_SECONDS = 90.0
"""For how long it is asked again where the machine is busy."""
MEGABYTE = 1024 * 1024


async def measure(stage: Stage, *, samples: int, most: int = 25) -> dict[str, Any]:
    """For each number of rooms: the exchanges, and CPU seconds and memory of the server process."""
    levels = {}
    for rooms, share in LEVELS.items():
        if rooms <= most:
            async with stage.host("ours") as host:
                await warmed(host)
                levels[str(rooms)] = await level(stage, host, rooms, rounds=max(2, round(share * samples)))
    return {"levels": levels}


async def level(
    stage: Stage, host: Host, rooms: int, *, rounds: int, tried_seconds: float = TRIED_SECONDS
) -> dict[str, Any]:
    """So many rooms at once; whoever is refused asks again for so long."""
    taken: dict[str, Any] = {"rounds": rounds, "right": 0, "wrong": [], "lost": 0, "given_up": 0}
    taken |= {"reply_ms": [], "first_sound_ms": [], "refused_ms": []}
    # In each round every room hears another answer; the first of all does not count.
    said = [random.Random(index).sample(_distinct(), rooms) for index in range(rounds)]
    answers = {room_name(): (yes_and_no()[0], *each) for each in zip(*said, strict=True)}
    async with people(stage, answers) as crowd:
        asking = _Level(host, crowd, taken, tried_seconds)
        entering = anyio.CapacityLimiter(ENTERING)
        async with owned_tasks() as tasks:
            for room in answers:
                tasks.start_soon(asking.enter, room, entering)
        before = cpu_seconds(host.process)
        for index in range(rounds):
            stage.progress(f"{counted(rooms, 'room')}, round {index + 1} of {rounds}")
            async with owned_tasks() as tasks:
                for room in answers:
                    tasks.start_soon(asking.ask, room)
        taken["lost"] = rooms * rounds - taken["right"] - len(taken["wrong"]) - taken["given_up"]
        taken["cpu_seconds"] = round(cpu_seconds(host.process) - before, 2)
        taken["rss_mb"] = round(host.process.memory_info().rss / MEGABYTE, 1)
    return taken


@dataclass(frozen=True, slots=True)
class _Level:
    """So many rooms, and what came of their questions."""

    host: Host
    crowd: Crowd
    taken: dict[str, Any]
    tried_seconds: float

    async def enter(self, room: str, entering: anyio.CapacityLimiter) -> None:
        """Ask for the first time."""
        async with entering:
            await self._answer(room, "Ready?", {"given_up": 0, "refused_ms": []})

    async def ask(self, room: str) -> None:
        """Ask and compare."""
        called_at, answer = await self._answer(room, QUESTION, self.taken)
        ended_at = time.monotonic()
        if answer is None:
            return
        heard = await self.crowd.next(room, called_at)
        if heard is None:
            return
        self.taken["first_sound_ms"].append(round((heard.sounded_at - called_at) * 1000, 1))
        self.taken["reply_ms"].append(round((ended_at - heard.ended_at) * 1000, 1))
        if same_words(answer.reply or "", heard.said) and answer.room_name == room:
            self.taken["right"] += 1
        else:
            self.taken["wrong"].append({"said": heard.said, "reply": answer.reply})

    async def _answer(self, room: str, question: str, taken: dict[str, Any]) -> tuple[float, Answer | None]:
        """The answer, and when it was called for: the call that was taken."""
        until = time.monotonic() + self.tried_seconds
        while True:
            called_at = time.monotonic()
            answer: Answer | None = None
            try:
                with anyio.move_on_after(LOST_SECONDS):
                    answer = await self.host.ask(question, room_name=room)
            except ToolFault as fault:
                again = AGAIN.search(str(fault))
                if fault.code != "busy" or again is None:
                    return called_at, None
            else:
                return called_at, answer
            taken["refused_ms"].append(round((time.monotonic() - called_at) * 1000, 1))
            if time.monotonic() > until:
                taken["given_up"] += 1
                return called_at, None
            await anyio.sleep(int(again[1]))


def _distinct() -> list[Sentence]:
    """Answers no two of which are the same, so that a crossed one shows."""
    known = {sentence.text: sentence for sentence in [*whole_answers(), *interrupted_sentences()]}
    return list(known.values())


def cpu_seconds(process: psutil.Process) -> float:
    """What a process has used of the processors."""
    times = process.cpu_times()
    return float(times.user + times.system)
