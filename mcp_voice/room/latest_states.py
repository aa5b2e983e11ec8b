"""Changes of a participant's state that come too often: of those in between the last is kept, and told when it may be.

A message more or less is a message; but whoever never learns that a phone was picked up, or a microphone unmuted, waits
for it for ever. Instants are ``time.monotonic()`` seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mcp_voice.bounds.rate_limit import Limit, RateLimit
from mcp_voice.link import CallChanged, Event, Joined, Left, Lost, MicrophoneChanged
from mcp_voice.participants import Participant

__all__ = ["LatestStates", "StateChanged"]

StateChanged = CallChanged | MicrophoneChanged
CALLS = Limit(burst=16, per_second=2)
"""How often a call changes; a whole one does four times."""
MICROPHONES = Limit(burst=16, per_second=2)
"""How often a microphone comes, goes, or is muted or unmuted."""
REMEMBERED = 500
"""How many of those who left are known at most."""


@dataclass(slots=True, eq=False)
class LatestStates:
    """At most one change of each kind is kept of everybody who is in the room."""

    _limits: dict[type[StateChanged], RateLimit] = field(
        default_factory=lambda: {CallChanged: RateLimit(CALLS), MicrophoneChanged: RateLimit(MICROPHONES)}
    )
    _kept: dict[tuple[type[StateChanged], str], StateChanged] = field(default_factory=dict)
    _gone: dict[str, None] = field(default_factory=dict)
    """Those who left last, in that order: what is still told of them is nothing any more."""

    def take(self, event: StateChanged, now: float) -> StateChanged | None:
        """The change if it may be told now; else it is kept in place of the one before it."""
        kind, participant = type(event), event.participant
        if participant.identity in self._gone:
            return None
        self._renew(participant)
        if self._limits[kind].allows(participant.identity, now):
            self._kept.pop((kind, participant.identity), None)
            return event
        self._kept[kind, participant.identity] = event
        return None

    def look_at(self, event: Event) -> None:
        """Who has come or gone is known better than by what was kept of them."""
        match event:
            case Joined(participant) | Left(participant):
                for kind in self._limits:
                    self._kept.pop((kind, participant.identity), None)
                self._gone.pop(participant.identity, None)
                if isinstance(event, Left):
                    self._gone[participant.identity] = None
                while len(self._gone) > REMEMBERED:
                    del self._gone[next(iter(self._gone))]
            case Lost():
                self._kept.clear()

    def due_at(self, now: float) -> float | None:
        """When ``due`` has something to tell; None when nothing is kept."""
        opens = (self._limits[kind].opens_in(identity, now) for kind, identity in self._kept)
        first = min(opens, default=None)
        return None if first is None else now + first

    def due(self, now: float) -> Sequence[StateChanged]:
        """What was kept and may be told now."""
        due = [key for key in self._kept if self._limits[key[0]].allows(key[1], now)]
        return [self._kept.pop(key) for key in due]

    def _renew(self, participant: Participant) -> None:
        """What is told late of somebody's microphone must not take back what was told of their call meanwhile."""
        for kind in self._limits:
            if (kept := self._kept.get((kind, participant.identity))) is not None:
                self._kept[kind, participant.identity] = replace(kept, participant=participant)
