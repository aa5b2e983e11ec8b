"""Who the companion's partner is: whoever speaks, one after the other, and nobody for ever.

Pure: it is told who begins and ends to speak, and the time, in ``time.monotonic()`` seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["MOST_GONE", "MOST_SECONDS", "Partner"]

MOST_SECONDS = 15.0
"""Whoever speaks on while somebody else waits is heard for so long: it may be the noise of an open microphone."""
MOST_GONE = 4
"""Who have left with words that are not heard yet; those of more are lost."""


@dataclass(slots=True, eq=False)
class Partner:
    """One of several humans; the others wait, in the order in which they began, until the partner's turn is over."""

    hold_seconds: float
    """Silence after which whoever has said something that became no turn is not waited for any more."""
    current: str = ""
    """The partner's identity; empty: nobody."""
    _speaking: set[str] = field(default_factory=set)
    _waiting: dict[str, float] = field(default_factory=dict)
    """Who has spoken and is not heard yet, and since when, in that order."""
    _since: float = 0.0
    """Since when the partner is."""
    _heard_at: float | None = None
    """When the partner was last heard to speak, if that has not become a turn yet."""
    _spoke: set[str] = field(default_factory=set)
    """Whose words may be in the turn that is not over."""
    _gone: set[str] = field(default_factory=set)
    """Who has left, and is heard when it is their turn, or now."""
    _before_gone: str = ""
    """Who was the partner before one who had left."""

    @property
    def speaker(self) -> str:
        """Whose turn it is that is not over, or has just become one; empty when it may be the words of several."""
        return next(iter(self._spoke)) if len(self._spoke) == 1 else "" if self._spoke else self.current

    @property
    def owes(self) -> bool:
        """Whether words of somebody who has left are still to be heard."""
        return bool(self._gone)

    def is_gone(self, identity: str) -> bool:
        """Whether somebody has left whose words are still to be heard."""
        return identity in self._gone

    def waits(self, identity: str) -> bool:
        """Whether somebody has spoken and is not heard yet."""
        return identity in self._waiting

    def speaks(self, identity: str) -> bool:
        """Whether somebody is speaking now."""
        return identity in self._speaking

    def take(self, identity: str, now: float) -> None:
        """This one is the partner from now on, spoken or not."""
        if identity == self.current:
            return
        if self.current in self._speaking:
            # What they go on to say is heard when it is their turn again.
            self._waiting.setdefault(self.current, now)
        self._waiting.pop(identity, None)
        if self.current not in self._gone:
            self._before_gone = self.current
        self._gone.discard(self.current)
        self.current, self._since = identity, now
        self._heard_at = now if identity in self._speaking else None
        if identity in self._speaking:
            self._spoke.add(identity)

    def began(self, identity: str, now: float) -> None:
        """Somebody begins to speak."""
        self._speaking.add(identity)
        self._gone.discard(identity)
        if identity == self.current:
            self._heard_at = now
            self._spoke.add(identity)
        else:
            self._waiting.setdefault(identity, now)

    def ended(self, identity: str, now: float) -> None:
        """Somebody has stopped speaking, perhaps only for a moment."""
        self._speaking.discard(identity)
        if identity == self.current and self._heard_at is not None:
            self._heard_at = now

    def turn_over(self, now: float) -> None:
        """What the partner has said is a turn now."""
        speaks_on = self.current in self._speaking
        self._heard_at = now if speaks_on else None
        self._spoke = {self.current} if speaks_on else set()

    def left(self, identity: str, *, unheard: bool = False) -> bool:
        """Somebody is gone; ``unheard`` is whether there are words of theirs for which they have waited.

        Gives whether those are to be heard when it is their turn.
        """
        self._speaking.discard(identity)
        keeps = unheard and identity in self._waiting and len(self._gone - {identity}) < MOST_GONE
        if keeps:
            self._gone.add(identity)
        else:
            self._waiting.pop(identity, None)
            self._gone.discard(identity)
        if identity == self.current:
            self.current, self._heard_at = "", None
        if identity == self._before_gone:
            self._before_gone = ""
        return keeps

    def hushed(self) -> None:
        """What was said until now is for nobody: another agent has the floor."""
        self._speaking.clear()
        self._waiting.clear()
        self._gone.intersection_update({self.current})
        self._spoke.clear()
        self._heard_at = None

    def settle(self, now: float) -> bool:
        """Let the next one who waits be the partner, if it is their turn; whether there is another partner now.

        After one who has left, the one before is the partner again, or nobody if they have left, too.
        """
        if not self._waiting:
            return self._go_back(now)
        first, since = next(iter(self._waiting.items()))
        if self.holds(now) and now - max(since, self._since) < MOST_SECONDS:
            return False
        self.take(first, now)
        self._heard_at = now
        self._spoke.add(first)
        return True

    def _go_back(self, now: float) -> bool:
        if self.current not in self._gone or self.holds(now):
            return False
        self._gone.discard(self.current)
        self.current, self._since, self._heard_at = self._before_gone, now, None
        return True

    def holds(self, now: float) -> bool:
        """Whether the partner speaks, or has just spoken and is waited for."""
        speaks = self.current in self._speaking
        return speaks or (self._heard_at is not None and now - self._heard_at < self.hold_seconds)
