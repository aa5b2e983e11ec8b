"""Which audio tracks of one human are heard, in whatever order they come and go."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["MOST_TRACKS", "TrackChoice"]

MOST_TRACKS = 4
"""Tracks of one human that are heard at once; each costs a recogniser."""


@dataclass(slots=True, eq=False)
class TrackChoice:
    """The tracks of one human that have reached us, by their ids, in the order in which they came."""

    _here: dict[str, bool] = field(default_factory=dict)
    """Each id, and whether it is a microphone by its source; else its source is unknown."""

    def came(self, sid: str, *, is_microphone: bool) -> None:
        """A track has come."""
        self._here[sid] = is_microphone

    def went(self, sid: str) -> None:
        """A track has gone, if it was here."""
        self._here.pop(sid, None)

    def heard(self) -> list[str]:
        """All microphones; tracks of an unknown source only where there is none. Of too many the oldest."""
        microphones = [sid for sid, is_microphone in self._here.items() if is_microphone]
        return (microphones or list(self._here))[:MOST_TRACKS]
