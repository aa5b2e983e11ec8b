"""Many rooms at once: whether each gets its own answer, how soon, and what the server process costs.

The humans, the models and the LiveKit server are processes of their own and not counted, but on a small machine they
take most of it.
"""

from __future__ import annotations

import random
from contextlib import AsyncExitStack
from typing import Any

import psutil

from benchmarks.exchange import ask_and_answer
from benchmarks.sentences import Sentence, interrupted_sentences, whole_answers
from benchmarks.stage import Stage, room_name, warmed
from mcp_voice.human import Human
from mcp_voice.owned import owned_tasks
from tests.support.host import Host

__all__ = ["LEVELS", "measure"]

LEVELS = {1: 1.0, 5: 0.4, 10: 0.2, 25: 0.2}
"""How many rooms, and how many rounds of them, as a share of the number of samples; at least two."""
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
    names = [room_name() for _ in range(rooms)]
    answers = _distinct()
    taken: dict[str, Any] = {"rounds": rounds, "right": 0, "wrong": [], "lost": 0, "reply_ms": [], "first_sound_ms": []}
    async with AsyncExitStack() as stack:
        people = [await stack.enter_async_context(stage.person(name)) for name in names]
        before = _cpu_seconds(host.process)
        for index in range(rounds):
            stage.progress(f"{rooms} rooms, round {index + 1} of {rounds}")
            said = random.Random(index).sample(answers, rooms)
            async with owned_tasks() as tasks:
                for name, person, sentence in zip(names, people, said, strict=True):
                    tasks.start_soon(_one, host, person, name, sentence, taken)
        taken["cpu_seconds"] = round(_cpu_seconds(host.process) - before, 2)
        taken["rss_mb"] = round(host.process.memory_info().rss / MEGABYTE, 1)
    return taken


async def _one(host: Host, person: Human, room: str, sentence: Sentence, taken: dict[str, Any]) -> None:
    done = await ask_and_answer(host, person, room, sentence.sounds())
    taken["reply_ms"].append(done.reply_ms)
    taken["first_sound_ms"].append(done.first_sound_ms)
    if done.answer is None:
        taken["lost"] += 1
    elif done.right(sentence.text) and done.answer.room_name == room:
        taken["right"] += 1
    else:
        taken["wrong"].append({"said": sentence.text, "reply": done.reply})


def _distinct() -> list[Sentence]:
    """Answers no two of which are the same, so that a crossed one shows."""
    known = {sentence.text: sentence for sentence in [*whole_answers(), *interrupted_sentences()]}
    return list(known.values())


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
