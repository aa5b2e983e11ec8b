"""What is said in a room, from its synthesis to its last sound. Instants are ``time.monotonic()`` seconds."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Playout", "Speech"]


class Speech(Protocol):
    """A sentence whose synthesis is under way, begun before we are in the room."""

    text: str


class Playout(Protocol):
    """A sentence being spoken in the room."""

    @property
    def started_at(self) -> float | None:
        """When its first sound was played, or None before that."""

    @property
    def ended_at(self) -> float | None:
        """When its last sound was played, or None before that."""

    @property
    def spoken(self) -> str:
        """The part that was really played; the whole text once it is over."""

    @property
    def interrupted(self) -> bool:
        """Whether it was stopped before its end."""

    @property
    def waiting(self) -> bool:
        """Whether sound is due that the voice has not made yet, at the beginning or in the middle."""

    @property
    def longest_waits(self) -> float:
        """For how many seconds it may wait for its voice between its first sound and its last."""

    def pause(self) -> None:
        """Fall silent, so that it can go on from the same place."""

    def resume(self) -> None:
        """Go on after a pause."""

    def stop(self) -> None:
        """Fall silent for good."""

    async def started(self) -> float:
        """Wait for the first sound and give its instant; raises TTSError or LiveKitError if there will be none."""

    async def done(self) -> None:
        """Wait until it is over or stopped; raises TTSError or LiveKitError if it broke."""
