"""A sentence that a fake room speaks, for as long as the test lets it sound."""

from __future__ import annotations

import time
from dataclasses import dataclass

import anyio

from mcp_voice.errors import TTSError, VoiceError

__all__ = ["FakePlayout", "FakeSpeech"]


@dataclass
class FakeSpeech:
    """A sentence; synthesis takes no time."""

    text: str


class FakePlayout:
    """A sentence that sounds from the beginning of its block until the test, or whoever interrupts it, ends it."""

    def __init__(self, text: str, *, fault: VoiceError | None = None, due: anyio.Event | None = None) -> None:
        self.text = text
        self.due = due
        self.fault = fault
        self.started_at: float | None = None
        self.ended_at: float | None = None
        self.interrupted = False
        self.paused = False
        self.waiting = False
        self.listened_for = False
        """Whether whoever speaks it has taken note that it sounds: what is said from now on may answer it."""
        self.longest_waits = 0.0
        self.share = 0.5
        """How much of it has sounded when it is stopped."""
        self.spoken = ""
        self.calls: list[str] = []
        self._over = anyio.Event()

    def pause(self) -> None:
        """Fall silent for now."""
        self.calls.append("pause")
        self.paused = True

    def resume(self) -> None:
        """Go on."""
        self.calls.append("resume")
        self.paused = False

    def stop(self) -> None:
        """Fall silent for good, after half of the text, or another share of it."""
        if not self._over.is_set():
            self.calls.append("stop")
            self.interrupted = True
            self._end(self.text[: int(self.share * len(self.text))])

    def finish(self) -> None:
        """Play it to its end."""
        self._end(self.text)

    def break_off(self, fault: VoiceError) -> None:
        """Fail in the middle."""
        self.fault = fault
        self._end(self.text[: len(self.text) // 2])

    async def started(self) -> float:
        """The first sound comes at once, or when the test says so."""
        if isinstance(self.fault, TTSError):
            raise self.fault
        if self.due is not None:
            await self.due.wait()
        self.started_at = time.monotonic()
        return self.started_at

    async def done(self) -> None:
        """Wait for the end."""
        self.listened_for = True
        await self._over.wait()
        if self.fault is not None:
            raise self.fault

    def _end(self, spoken: str) -> None:
        self.spoken = spoken
        self.ended_at = time.monotonic()
        self._over.set()
