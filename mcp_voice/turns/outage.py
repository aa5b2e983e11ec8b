"""A connection that breaks while somebody speaks: what was heard of them is no whole answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["DONE_SECONDS", "HEARD_ON_SECONDS", "Outage"]

DONE_SECONDS = 0.5
"""Silence after which somebody is taken to be done: whoever fell silent later than that before a break may have gone on
in it."""
HEARD_ON_SECONDS = 1.0
"""By so much sound lasts longer than a connection that it does not depend on; where it ends with it, LiveKit makes up
0.3 s. A server that has started again is not reached within this."""


@dataclass(frozen=True, slots=True)
class Outage:
    """That of one turn. Instants are ``time.monotonic()`` seconds."""

    at: float
    mended_at: float | None = None
    """Since when whoever speaks can go on."""
    is_gone: bool = False
    """Whether their sound has ended; what they say then comes by another track."""
    is_theirs: bool = False
    """Whether their connection broke, not ours."""

    def mended(self, at: float) -> Outage | None:
        """The connection is back; None: it broke for a moment only, and has kept its sound."""
        return None if not self.is_gone and at < self.at + HEARD_ON_SECONDS else replace(self, mended_at=at)

    def unless_heard(self, at: float) -> Outage | None:
        """None where sound of that instant shows that they were, or are, heard on."""
        since = self.mended_at if self.is_gone else self.at + HEARD_ON_SECONDS
        return None if since is not None and at > since else self
