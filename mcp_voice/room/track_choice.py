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
    _muted: set[str] = field(default_factory=set)

    def came(self, sid: str, *, is_microphone: bool, muted: bool = False) -> None:
        """A track has come."""
        self._here[sid] = is_microphone
        self.mute(sid, muted=muted)

    def mute(self, sid: str, *, muted: bool) -> None:
        """A track, if it is here, is muted from now on, or not any more."""
        if muted and sid in self._here:
            self._muted.add(sid)
        else:
            self._muted.discard(sid)

    def is_muted(self, sid: str) -> bool:
        """Whether a track that is here is muted."""
        return sid in self._muted

    def went(self, sid: str) -> None:
        """A track has gone, if it was here."""
        self._here.pop(sid, None)
        self._muted.discard(sid)

    def heard(self) -> list[str]:
        """All microphones; tracks of an unknown source only where there is none.

        Of too many those that are not muted, and of these the oldest.
        """
        microphones = [sid for sid, is_microphone in self._here.items() if is_microphone]
        chosen = sorted(microphones or self._here, key=lambda sid: sid in self._muted)[:MOST_TRACKS]
        return [sid for sid in self._here if sid in chosen]
