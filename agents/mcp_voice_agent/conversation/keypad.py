"""Keys of a phone, collected until whoever presses them pauses; pure, told the time in ``time.monotonic()`` seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["MOST_KEYS", "PAUSE_SECONDS", "Keypad"]

KEYS = "0123456789*#ABCD"
"""The alphabet of a telephone's keypad (RFC 4733, section 3.2)."""
PAUSE_SECONDS = 1.5
"""After this long without another key, those that were pressed are a turn."""
MOST_KEYS = 32
"""Keys of one turn; what is pressed beyond that is another one."""
END = "#"
MOST_PEOPLE = 50
"""Participants who press keys at a time; the keys of more are left out."""


@dataclass(slots=True, eq=False)
class Keypad:
    """The keys of several participants, each by themselves."""

    _pressed: dict[str, tuple[str, float]] = field(default_factory=dict)
    """By identity, the keys so far and when the last of them was pressed."""

    def press(self, identity: str, key: str, now: float) -> str:
        """A key; gives the words of a turn if that ends one, else nothing."""
        if len(key) != 1 or key not in KEYS:
            return ""
        so_far, _ = self._pressed.get(identity, ("", now))
        if key == END or len(so_far) + 1 >= MOST_KEYS:
            self._pressed.pop(identity, None)
            return _told(so_far if key == END and so_far else so_far + key)
        if identity in self._pressed or len(self._pressed) < MOST_PEOPLE:
            self._pressed[identity] = (so_far + key, now)
        return ""

    def due(self, now: float) -> dict[str, str]:
        """The words of each turn that a pause has ended, by identity."""
        over = [identity for identity, (_, at) in self._pressed.items() if now - at >= PAUSE_SECONDS]
        return {identity: _told(self._pressed.pop(identity)[0]) for identity in over}

    def due_in(self, now: float) -> float:
        """Seconds until a pause is long enough; infinite when no key waits."""
        return min((at + PAUSE_SECONDS - now for _, at in self._pressed.values()), default=float("inf"))


def _told(keys: str) -> str:
    return f"pressed {keys}"
