"""A machine that is simulated, with rooms that cost something: for tests of what it bears."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from mcp_voice.capacity import Capacity, Measurement
from mcp_voice.errors import Busy

__all__ = ["SimulatedMachine", "SimulatedRoom"]

STEP_SECONDS = 0.5


@dataclass(eq=False)
class SimulatedRoom:
    """Satisfies ``capacity.admission.Heard``."""

    is_asked: bool = True
    in_use: bool = True
    may_go: bool = True
    """Whether nobody is saying anything there."""

    def make_way(self) -> bool:
        """Leave, unless it is needed."""
        if self.is_asked or not self.may_go:
            return False
        self.in_use = False
        return True

    def done(self) -> None:
        """It was asked, and we left it."""
        self.is_asked = self.in_use = False


@dataclass
class SimulatedMachine:
    """Has a clock, and measures itself every half second."""

    capacity: Capacity = field(default_factory=Capacity)
    cores: float = 2.0
    others: float = 0.0
    """Processors that other programs use."""
    yields: bool = False
    """Whether these make way for us."""
    each: float = 0.1
    """What a room costs us in which somebody is asked; 60 % of it where nobody is."""
    side: float = 1.0
    """What it costs the machine, for each processor of ours."""
    lag: float = 0.0
    behind: float = 0.0
    now: float = 1000.0
    rooms: list[SimulatedRoom] = field(default_factory=list)

    @property
    def demand(self) -> float:
        """What our rooms take of the processors."""
        return sum(self.each * (1.0 if room.is_asked else 0.6) for room in self.rooms if room.in_use)

    def runs(self, seconds: float) -> None:
        """Let time go by."""
        for _ in range(round(seconds / STEP_SECONDS)):
            self.now += STEP_SECONDS
            busy = self.others + self.demand * self.side
            wanted = self.demand * self.side if self.yields else busy
            short = max(0.0, wanted - self.cores)
            self.capacity.measured(
                Measurement(
                    at=self.now,
                    seconds=STEP_SECONDS,
                    cores=self.cores,
                    idle=max(0.0, self.cores - busy),
                    own=self.demand,
                    loop=self.demand / 2,
                    lag=self.lag + short,
                    behind=self.behind + short,
                )
            )

    def asked(self, *, is_asked: bool = True) -> SimulatedRoom:
        """Somebody asks in another room; raises Busy."""
        is_full = False
        with suppress(Busy):
            is_full = True
            self.capacity.refuse_if_full(self.now)
            is_full = False
        self.capacity.refuse_if_busy(self.now)
        assert not is_full, "refused before it was looked up, and would have been taken"
        room = SimulatedRoom(is_asked=is_asked)
        self.rooms.append(room)
        self.capacity.needs(room, self.now)
        return room

    def burst(self, count: int) -> tuple[int, list[Busy]]:
        """So many ask at the same instant; gives how many are taken, and what the others are told."""
        refused = []
        for _ in range(count):
            try:
                self.asked()
            except Busy as busy:
                refused.append(busy)
        return count - len(refused), refused
