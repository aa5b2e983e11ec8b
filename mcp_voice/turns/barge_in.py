"""When a human speaks over us: fall silent at once, and go on only if it was no speech.

Fed with what is heard while a sentence is played, without clock or tasks of its own. Instants are
``time.monotonic()`` seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mcp_voice.link.playout import Playout

__all__ = ["BargeIn"]

SPEECH_SECONDS = 0.2
"""Voiced sound shorter than this is a click or a breath and does not silence us."""
WORDLESS_SECONDS = 1.5
"""How long after a sound that seems to hold no words we wait for some before we go on."""


@dataclass(slots=True)
class BargeIn:
    """Silences one playout while somebody speaks, for good once there are words."""

    playout: Playout
    heed: Callable[[str], bool] | None = None
    """Whom (an identity); None: everybody."""
    began_at: float = 0.0
    """Sounds that began before this are not over it."""
    _since: dict[str, float] = field(default_factory=dict)
    _resume_at: float | None = None
    _paused: bool = False

    def concerns(self, identity: str, since: float | None) -> bool:
        """Whether what this human has said since then is over it."""
        return since is not None and since >= self.began_at and (self.heed is None or self.heed(identity))

    def speech_started(self, identity: str, at: float) -> None:
        """Somebody whom we listen to began to make a sound."""
        self._since.setdefault(identity, at)
        self._resume_at = None

    def speech_stopped(self, identity: str, at: float) -> None:
        """That sound ended."""
        self._since.pop(identity, None)
        if self._paused and not self._since:
            self._resume_at = at + WORDLESS_SECONDS

    def worded(self) -> None:
        """It was speech: what follows is the reply."""
        self.playout.stop()
        self._since.clear()
        self._resume_at = None

    def wordless(self, now: float) -> None:
        """It was no speech."""
        if self._paused and not self._since:
            self._resume_at = now

    def due_at(self) -> float | None:
        """When ``tick`` has something to do."""
        if self._resume_at is not None:
            return self._resume_at
        if self._since and not self._paused:
            return min(self._since.values()) + SPEECH_SECONDS
        return None

    def tick(self, now: float) -> None:
        """Do what is due."""
        due = self.due_at()
        if due is None or now < due:
            return
        if self._resume_at is not None:
            self._resume_at = None
            self._paused = False
            self.playout.resume()
        else:
            self._paused = True
            self.playout.pause()
