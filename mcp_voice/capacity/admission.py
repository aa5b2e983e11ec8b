"""Whether one room more is entered: what this machine can handle is measured, not a number that somebody guessed.

Pure: fed with measurements and instants (``time.monotonic()`` seconds). Rooms that are being entered do not show in the
measurements yet, and rooms in which nobody is asked now may all be asked at once: both count as what they will cost.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import Protocol

from mcp_voice.capacity.costs import JOINING_CORES, UNASKED_SHARE, Costs
from mcp_voice.capacity.measurement import Measurement, smoothed
from mcp_voice.capacity.strain import Strain
from mcp_voice.errors import Busy

__all__ = ["Capacity"]

log = logging.getLogger(__name__)

SETTLING_SECONDS = 3.0
"""Until what a room costs shows in the measurements, beginning with its admission."""
RESERVE = 0.1
"""Of the machine that is kept free."""
LOOP_MOST = 0.75
"""Of a processor that the event loop may use: beyond that whatever comes waits for what came before."""
OUR_SHARE = 0.25
"""Of the machine that we may use where it has nothing idle: its other work gets its share too, or makes way."""
NEEDED_SECONDS = SETTLING_SECONDS
"""For so long a room is not left for another one that somebody has just called for: their ask is about to begin."""
RECENT_SECONDS = 1.0
FIRST_USE_SECONDS = 20.0
"""How long a room is asked, until it is known better."""
LEAST_AGAIN, MOST_AGAIN = 1.0, 120.0


class Heard(Protocol):
    """A room that is counted."""

    @property
    def in_use(self) -> bool:
        """Whether we are there, or are about to be."""

    @property
    def is_asked(self) -> bool:
        """Whether somebody asks, speaks or listens there now."""

    def make_way(self) -> bool:
        """Leave it if nobody needs it; whether that is so."""


@dataclass(slots=True, eq=False)
class _Counted:
    heard: Heard
    admitted_at: float
    needed_at: float
    asked_since: float | None = None


class Capacity:
    """What one process can handle; with ``most`` that many rooms, whatever is measured.

    One that has measured nothing takes all.
    """

    def __init__(self, *, most: int | None = None) -> None:
        self._most = most
        self._rooms: list[_Counted] = []
        self._costs = Costs()
        self._strain = Strain()
        self._latest: Measurement | None = None
        self._idle = self._own = self._loop = 0.0
        self._use_seconds = FIRST_USE_SECONDS
        self._load = 0.0

    @property
    def rooms(self) -> int:
        """How many are heard, or about to be."""
        return len(self._rooms)

    def load(self) -> float:
        """From 0 to 1, where no other room is entered; may be called from any thread."""
        return self._load

    def measured(self, found: Measurement) -> None:
        """Take a measurement."""
        first = self._latest is None
        over = found.seconds if first else RECENT_SECONDS
        self._latest = found
        self._idle = smoothed(self._idle, found.idle, seconds=found.seconds, over=over)
        self._loop = smoothed(self._loop, found.loop, seconds=found.seconds, over=over)
        self._own = smoothed(self._own, found.own, seconds=found.seconds, over=over)
        self._strain.measured(found)
        self._look(found.at)
        settled = [room for room in self._rooms if not _is_joining(room, found.at)]
        asked = sum(room.asked_since is not None for room in settled)
        if len(settled) == len(self._rooms):
            self._costs.measured(found, asked=asked, unasked=len(settled) - asked)
        self._weigh(found.at)

    def unmeasured(self) -> None:
        """Nothing is measured any more."""
        self._latest = None
        self._load = 0.0

    def refuse_if_busy(self, now: float) -> None:
        """Raise Busy where one room more would be too much; a room that nobody needs is left to make way for it."""
        self._look(now)
        if self._has_room(now) or (not self._waits_for_others(now) and self._make_way(now)):
            return
        raise self._busy(now)

    def refuse_if_full(self, now: float) -> None:
        """Raise Busy where that is sure before it is known whether there is such a room: none is left for it."""
        self._look(now)
        if not self._has_room(now) and (self._waits_for_others(now) or not any(self._unneeded(now))):
            raise self._busy(now)

    def counts(self, heard: Heard, now: float) -> bool:
        """Whether it is one of the rooms that are heard, or about to be."""
        self._look(now)
        return any(room.heard is heard for room in self._rooms)

    def needs(self, heard: Heard, now: float) -> None:
        """A room is needed, and about to be entered where we are not there, whether that was asked for here or not."""
        known = next((room for room in self._rooms if room.heard is heard), None)
        if known is not None:
            known.needed_at = now
            return
        self._rooms.append(_Counted(heard, admitted_at=now, needed_at=now))
        self._weigh(now)

    def _look(self, now: float) -> None:
        """What became of the rooms."""
        for room in self._rooms:
            if room.heard.is_asked:
                room.asked_since = now if room.asked_since is None else room.asked_since
            elif room.asked_since is not None:
                used = now - room.asked_since
                self._use_seconds = smoothed(self._use_seconds, used, seconds=1.0, over=5.0)
                room.asked_since = None
        self._rooms = [room for room in self._rooms if room.heard.in_use or _is_joining(room, now)]

    def _has_room(self, now: float) -> bool:
        if not self._rooms:
            # Whatever else this machine does: it serves one.
            return True
        if self._most is not None:
            return len(self._rooms) < self._most
        if self._latest is None:
            return True
        if self._strain.strained:
            return False
        return self._spare(now) >= 1.0

    def _spare(self, now: float, *, settled: bool = False) -> float:
        """How many rooms more it can handle; with ``settled`` as if none were being entered."""
        latest = self._latest
        if latest is None:
            return math.inf
        joining = 0 if settled else self._joining(now)
        hidden = self._unasked(now) * (1 - UNASKED_SHARE)
        """Rooms' worth of work that does not show now."""

        def spare(free: float, cost: float, entering: float) -> float:
            return (free - joining * entering - hidden * cost) / entering

        room, own, loop = self._costs.room, self._costs.own, self._costs.loop
        idle = spare(self._idle - RESERVE * latest.cores, room, max(room, JOINING_CORES))
        share = spare(OUR_SHARE * latest.cores - self._own, own, max(own, JOINING_CORES))
        return min(max(idle, share), spare(LOOP_MOST - self._loop, loop, loop))

    def _joining(self, now: float) -> int:
        return sum(_is_joining(room, now) for room in self._rooms)

    def _unasked(self, now: float) -> int:
        return sum(room.asked_since is None and not _is_joining(room, now) for room in self._rooms)

    def _waits_for_others(self, now: float) -> bool:
        """Whether there will be room once those are there that are being entered."""
        if self._most is not None or not self._joining(now):
            return False
        return self._strain.strained or self._spare(now, settled=True) >= 1.0

    def _make_way(self, now: float) -> bool:
        for room in self._unneeded(now):
            if room.heard.make_way():
                self._rooms.remove(room)
                return True
        return False

    def _unneeded(self, now: float) -> list[_Counted]:
        """Rooms that may be left for another one, if nobody speaks there."""
        return [each for each in self._rooms if each.asked_since is None and now >= each.needed_at + NEEDED_SECONDS]

    def _busy(self, now: float) -> Busy:
        log.info(
            "another room is refused: %d are heard, of which nobody is asked in %d; suffering: %s",
            len(self._rooms),
            self._unasked(now),
            self._strain.strained,
        )
        return Busy(len(self._rooms), again=min(max(self._again_in(now), LEAST_AGAIN), MOST_AGAIN))

    def _again_in(self, now: float) -> float:
        """Seconds after which it is worth asking again."""
        if self._most is None and self._strain.strained:
            return self._strain.calm_in(now) + 1.0
        if self._waits_for_others(now):
            return min(room.admitted_at for room in self._rooms if _is_joining(room, now)) + SETTLING_SECONDS - now
        # One of those that are asked is done by then, if they end at any time.
        return self._use_seconds / max(1, sum(room.asked_since is not None for room in self._rooms))

    def _weigh(self, now: float) -> None:
        rooms = len(self._rooms)
        if self._most is not None:
            self._load = min(1.0, rooms / self._most)
        elif self._latest is None:
            self._load = 0.0
        elif not rooms:
            # What else the machine does counts, but one is always taken.
            self._load = min(0.9, max(0.0, 1 - self._idle / self._latest.cores))
        elif not self._has_room(now):
            self._load = 1.0
        else:
            self._load = rooms / (rooms + max(1.0, self._spare(now)))


def _is_joining(room: _Counted, now: float) -> bool:
    return now < room.admitted_at + SETTLING_SECONDS
