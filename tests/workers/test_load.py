"""How much of its machine a worker says it uses."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from mcp_voice.capacity.machine import Used
from mcp_voice.capacity.measurement import Measurement
from mcp_voice.workers.load import FULL, MachineLoad


@dataclass
class FakeMachine:
    """Four processors; a second passes between two looks."""

    busy: float = 0.0
    own: float = 0.0
    seconds: float = 1.0
    now: float = 0.0

    def used(self, *, loop: float) -> Used:
        """Now."""
        self.now += self.seconds
        return Used(at=self.now, idle=0.0, container=0.0, own=0.0, loop=loop)

    def between(self, before: Used, after: Used, *, lag: float, behind: float) -> Measurement:
        """As the test wants it."""
        seconds = after.at - before.at
        return Measurement(
            at=after.at,
            seconds=seconds,
            cores=4,
            idle=4 - self.busy,
            own=self.own,
            loop=0.0,
            lag=lag,
            behind=behind,
        )


def steady(machine: FakeMachine, *, rooms: int = 0, most: float = 0.7) -> float:
    """What is told after a while."""
    load = MachineLoad(machine, rooms=lambda: rooms, most=most)
    return [load() for _ in range(60)][-1]


def test_a_busy_machine_takes_no_more_rooms() -> None:
    """LiveKit's server sends none from 0.7 on."""
    assert steady(FakeMachine(busy=1.0)) < FULL
    assert steady(FakeMachine(busy=3.0)) >= FULL


def test_a_worker_that_starts_is_not_full_by_its_own_start() -> None:
    """On two processors it said "at full capacity" while it loaded its own parts; what others use counts."""
    assert steady(FakeMachine(busy=4.0, own=3.5)) < FULL
    assert steady(FakeMachine(busy=4.0, own=0.5)) >= FULL
    assert steady(FakeMachine(busy=4.0, own=3.5), rooms=1) >= FULL


def test_quiet_rooms_count_as_what_they_will_cost() -> None:
    """All of them may be asked at once."""
    assert steady(FakeMachine(), rooms=30) < FULL
    assert steady(FakeMachine(), rooms=36) >= FULL


def test_the_share_at_which_it_is_full_can_be_set() -> None:
    """A machine that is the worker's alone may be used more."""
    machine = FakeMachine(busy=3.0)
    assert steady(machine, most=0.9) < FULL
    assert steady(machine, most=0.5) == pytest.approx(1.0)
    assert steady(machine, most=1.0) == 0.0


def test_a_look_that_follows_at_once_tells_the_same() -> None:
    """LiveKit asks before each room, and a millisecond is no measure."""
    machine = FakeMachine(busy=2.0)
    load = MachineLoad(machine, rooms=lambda: 0, most=0.7)
    first = load()
    machine.busy, machine.seconds = 4.0, 0.001
    assert load() == first
