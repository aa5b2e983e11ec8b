"""Fifty questions in a row, in one room and in fresh ones: what the server process grows by.

The two series run at the same time, each with a server of its own, which leaves a room as soon as it is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import anyio
import psutil

from benchmarks.exchange import ask_and_answer
from benchmarks.sentences import Sentence, yes_and_no
from benchmarks.stage import Stage, room_name, warmed
from mcp_voice.tasks import owned_tasks
from testkit.host import Host

__all__ = ["COUNTED", "COUNTS", "measure"]

COUNTS = "tasks-{}"
"""Where ``counted.py`` writes."""
COUNTED = ("rss_mb", "fds", "threads", "tasks")
MEGABYTE = 1024 * 1024
SETTLE_SECONDS = 0.4
"""After each question, so that what is being closed is closed, and the tasks are counted again."""
QUESTION = "Go?"


async def _one_room(stage: Stage, asks: int, taken: dict[str, Any]) -> None:
    path = stage.folder / COUNTS.format("one_room")
    async with stage.host("counted", str(path)) as host:
        await warmed(host)
        room = room_name()
        async with stage.person(room) as person:
            for index, word in enumerate(islice(cycle(yes_and_no()), asks)):
                stage.progress(f"question {index + 1} of {asks} in one room")
                done = await ask_and_answer(host, person, room, word.sounds(), question=QUESTION, choices=["yes", "no"])
                await _count(host, path, taken, right=done.right(word.text))


async def _fresh_rooms(stage: Stage, asks: int, taken: dict[str, Any]) -> None:
    path = stage.folder / COUNTS.format("fresh_rooms")
    async with stage.host("counted", str(path), MCP_VOICE_QUIET_SECONDS="0") as host:
        await warmed(host)
        for word in islice(cycle(yes_and_no()), asks):
            right = await _in_a_fresh_room(stage, host, word)
            await _count(host, path, taken, right=right)


async def _in_a_fresh_room(stage: Stage, host: Host, word: Sentence) -> bool:
    room = room_name()
    async with stage.person(room) as person:
        done = await ask_and_answer(host, person, room, word.sounds(), question=QUESTION, choices=["yes", "no"])
    return done.right(word.text)


async def _count(host: Host, path: Path, taken: dict[str, Any], *, right: bool) -> None:
    await anyio.sleep(SETTLE_SECONDS)
    process: psutil.Process = host.process
    taken["right"].append(right)
    taken["rss_mb"].append(round(process.memory_info().rss / MEGABYTE, 2))
    taken["fds"].append(process.num_fds())
    taken["threads"].append(process.num_threads())
    taken["tasks"].append(int(path.read_text(encoding="utf-8")))


SERIES = {"one_room": _one_room, "fresh_rooms": _fresh_rooms}


async def measure(stage: Stage, *, samples: int, kinds: Sequence[str] = tuple(SERIES)) -> dict[str, Any]:
    """What was counted after each of five times as many questions as samples, for both series."""
    taken: dict[str, Any] = {kind: {name: [] for name in (*COUNTED, "right")} for kind in kinds}
    async with owned_tasks() as tasks:
        for kind in kinds:
            tasks.start_soon(SERIES[kind], stage, 5 * samples, taken[kind])
    return taken
