"""How much sound may be sent to a recogniser that was not its turn's last: people who hesitate would cost threefold."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MOST_SENT", "PreflightBudget"]

MOST_SENT = 1.3
"""What is sent, as a multiple of what is said."""
FIRST_SECONDS = 1.75
"""What may be sent in vain at the beginning, so that the first short answers come early; `MOST_SENT` holds as soon as
5.9 s have been said."""
APART_SECONDS = 2.0
"""Between two early requests in one stretch of speech: somebody who has gone on once will do so again."""


@dataclass(slots=True)
class PreflightBudget:
    """Adds up what one room sends; all in seconds of sound."""

    _said: float = 0.0
    _in_vain: float = 0.0
    _last: float | None = None
    """How much of the present stretch of speech was sent last."""

    def allows(self, seconds: float) -> bool:
        """Whether a stretch of speech may be sent that is so long now, and may go on."""
        if self._last is not None and seconds - self._last < APART_SECONDS:
            return False
        return self._in_vain + seconds <= max(FIRST_SECONDS, (MOST_SENT - 1) * (self._said + seconds))

    def sent(self, seconds: float) -> None:
        """So much of the present stretch was sent."""
        self._last = seconds

    def went_on(self) -> None:
        """What was sent last has been in vain."""
        self._in_vain += self._last or 0.0

    def ended(self, seconds: float) -> None:
        """A stretch of speech was so long."""
        self._said += seconds
        self._last = None
