"""The voices of those who share a process: a bounded number, and who comes newly takes the place of one at rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from weakref import WeakValueDictionary

from mcp_voice.callers.subjects import Subject
from mcp_voice.errors import VoiceError
from mcp_voice.voice import Voice

__all__ = ["VoicesApart"]

MOST_SUBJECTS = 10_000
"""Each takes some kilobytes; an authorization server where everybody may register has no end of them."""


class VoicesApart:
    """One for each subject."""

    def __init__(self, *, most: int = MOST_SUBJECTS) -> None:
        self._most = most
        self._kept: dict[Subject, Voice] = {}
        """Whoever called last is last."""
        self._alive: WeakValueDictionary[Subject, Voice] = WeakValueDictionary()
        """Those too whose place another one took while a call of theirs still goes on."""

    def __iter__(self) -> Iterator[Voice]:
        """All of them."""
        return iter(list(self._alive.values()))

    def of(self, subject: Subject, make: Callable[[Subject], Voice]) -> Voice:
        """That of a subject, made at its first call; raises VoiceError where nobody is at rest."""
        voice = self._kept.pop(subject, None)
        if voice is None:
            self._make_room()
            voice = self._alive.get(subject) or make(subject)
        self._kept[subject] = self._alive[subject] = voice
        return voice

    def clear(self) -> None:
        """They are over."""
        self._kept.clear()
        self._alive.clear()

    def _make_room(self) -> None:
        if len(self._kept) < self._most:
            return
        resting = next((subject for subject, voice in self._kept.items() if voice.is_at_rest()), None)
        if resting is None:
            raise VoiceError(
                f"{self._most} subjects are asking or in a room, which is the limit.",
                fix="Call again in a minute.",
                code="too-many-subjects",
            )
        del self._kept[resting]
