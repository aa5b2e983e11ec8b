"""What one room more costs, learnt from those that are heard."""

from __future__ import annotations

from mcp_voice.capacity.measurement import Measurement, smoothed

__all__ = ["JOINING_CORES", "ROOM_CORES", "UNASKED_SHARE", "Costs"]

LEARNING_SECONDS = 20.0
RECENT_SECONDS = 2.0
"""What a cost is taken of: a single half second may hold the whole of a synthesis, or nothing."""
BASE_SECONDS = 5.0
UNASKED_SHARE = 0.6
"""What a room costs in which nobody is asked, beside one in which somebody is: it is heard all the same. Measured: 5 to
6 % of a core, 7 % while it is listened for an answer, 11 % while a question is spoken."""
ROOM_CORES, FIRST_LOOP = 0.08, 0.05
"""Of a processor, for a room in which somebody is asked, until it is known better: measured with recognisers and voices
on other machines."""
LEAST_CORES, MOST_CORES = 0.02, 0.5
JOINING_CORES = 0.2
"""Of a processor, for the seconds in which a room is entered: the SDK's connection, and the first sentence."""
FIRST_SIDE = 1.5
"""Core seconds that the machine spends for one of ours, until it is known better: a LiveKit server may be on it."""
MOST_SIDE = 3.0


class Costs:
    """Learnt while rooms are asked; all in processors."""

    def __init__(self) -> None:
        self._base: float | None = None
        """What the machine did while no room was heard."""
        self._own: float | None = None
        self._loop: float | None = None
        self._busy: float | None = None
        self._each, self._each_loop, self._side = ROOM_CORES, FIRST_LOOP, FIRST_SIDE

    @property
    def room(self) -> float:
        """Of a room in which somebody is asked, with what other programs on this machine do for it."""
        return self._each * self._side

    @property
    def own(self) -> float:
        """The same without what others do for it."""
        return self._each

    @property
    def loop(self) -> float:
        """The part of it that falls on the event loop's thread."""
        return self._each_loop

    def measured(self, found: Measurement, *, asked: int, unasked: int) -> None:
        """Take a measurement, while so many rooms were heard; none that is being entered is among them."""
        busy = found.cores - found.idle
        if not asked + unasked:
            self._base = smoothed(self._base, busy, seconds=found.seconds, over=BASE_SECONDS)
            self._own = self._loop = self._busy = None
            return
        self._own = smoothed(self._own, found.own, seconds=found.seconds, over=RECENT_SECONDS)
        self._loop = smoothed(self._loop, found.loop, seconds=found.seconds, over=RECENT_SECONDS)
        self._busy = smoothed(self._busy, busy, seconds=found.seconds, over=RECENT_SECONDS)
        if asked:
            self._learn(found.seconds, rooms=asked + UNASKED_SHARE * unasked)

    def _learn(self, seconds: float, *, rooms: float) -> None:
        own, loop, busy = self._own or 0.0, self._loop or 0.0, self._busy or 0.0
        each = min(max(own / rooms, LEAST_CORES), MOST_CORES)
        self._each = smoothed(self._each, each, seconds=seconds, over=LEARNING_SECONDS)
        each_loop = min(max(loop / rooms, LEAST_CORES / 2), MOST_CORES)
        self._each_loop = smoothed(self._each_loop, each_loop, seconds=seconds, over=LEARNING_SECONDS)
        if self._base is not None and own > LEAST_CORES:
            side = min(max((busy - self._base) / own, 1.0), MOST_SIDE)
            self._side = smoothed(self._side, side, seconds=seconds, over=LEARNING_SECONDS)
