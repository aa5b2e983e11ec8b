"""What docs/team.md takes from the benchmark, and what it makes of it for 100,000 rooms, is what was measured."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import pytest

from benchmarks.figures import median, quantile
from benchmarks.results import load_results
from mcp_voice.capacity.costs import ROOM_CORES
from mcp_voice.workers.load import FULL
from testkit.documents import read, table

NEAR = 0.15
"""Another run of the same differs by as much."""
BESIDE = 0.5
"""The same for what is small beside that of which it is the difference."""
ROOMS, HELD, ASKED = 100_000, 5_000, 720
"""The example's: all, those that are held, and those in which a question is open."""
CORES_A_WORKER, CORES_A_NODE = 8, 16
NODE_FULL = 0.7
KILOBYTE = 1024


def measured() -> Mapping[str, list[float]]:
    """For each line of the page's table its figures, in order."""
    found = load_results()["measurements"]
    store, waits, cost = found["store"], found["store_waits"], found["cost"]
    answers, states = store["answer_ms"], ("warm_open", "listening_open", "speaking_open")
    used = ("redis_cpu_seconds_an_ask", "network_bytes_an_ask", "log_bytes_an_ask")
    cpu, network, log = (store[name] for name in used)
    return {
        "answer →": [median(answers) or 0, quantile(answers, 0.99) or 0, quantile(answers, 1.0) or 0],
        "an ask": [store["commands_an_ask"], 1000 * cpu, network / KILOBYTE, log / KILOBYTE],
        "an open question": [store["bytes_an_open_ask"] / KILOBYTE],
        "400 calls": [100 * waits["core_share"], 100 * waits["redis_core_share"]],
        "a room in a worker": [*(cost["worker"][state] for state in states), cost["memory_mb"]["worker"]["warm_open"]],
        "a room in LiveKit's server": [cost["server"][name] for name in ("people_open", *states[:2])],
    }


def figures(text: str) -> list[float]:
    """The numbers that have a unit, in order."""
    found = re.findall(r"([\d,.]*\d) ?(?:ms|MB|kB|%|commands)", text)
    return [float(number.replace(",", "")) for number in found]


@pytest.mark.parametrize("line", measured())
def test_the_table_has_what_was_measured(line: str) -> None:
    """A later run that differs by more changes the page, too."""
    (cell,) = [cell for what, cell in table(read("docs/team.md"), "measured") if what.startswith(line)]
    assert figures(cell) == pytest.approx(measured()[line], rel=NEAR)


def test_a_hundred_thousand_rooms_are_what_the_figures_make_of_them() -> None:
    """Each number of the example, from the results and from what a worker counts for a room."""
    cost = load_results()["measurements"]["cost"]
    warm, asked = (cost["worker"][state] / 100 for state in ("warm_open", "listening_open"))
    server = {name: percent / 100 for name, percent in cost["server"].items()}
    for_us = HELD * (server["listening_open"] - server["people_open"])
    cores = HELD * ROOM_CORES / FULL
    workers = math.ceil(cores / CORES_A_WORKER)
    people = ROOMS * server["people_open"]
    expected = {
        r"so ([\d.]+) rooms for each core": FULL / ROOM_CORES,
        r"rooms are (\d+) cores": cores,
        r"cores: (\d+) workers of 8 cores": workers,
        r"all of them use (\d+) cores": ASKED * asked + (HELD - ASKED) * warm,
        r"they would use (\d+) cores": HELD * asked,
        r"\*\*LiveKit\*\*: (\d+) cores": people,
        r"That is (\d+) nodes of 16 cores": (people + for_us) / CORES_A_NODE / NODE_FULL,
    }
    differences = {r"and (\d+) more for us": for_us}
    for numbers, near in ((expected, NEAR), (differences, BESIDE)):
        assert written(*numbers) == {name: [pytest.approx(number, rel=near)] for name, number in numbers.items()}


def written(*patterns: str) -> dict[str, list[float]]:
    """The numbers that the page has where these match."""
    page = " ".join(read("docs/team.md").split())
    return {pattern: [float(number) for number in re.findall(pattern, page)] for pattern in patterns}
