"""One time that a text is spoken: its sound and its captions, part by part and in step."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable

import anyio
from livekit import rtc
from livekit.agents.types import TimedString

from mcp_voice.speech.synthesis import Synthesis
from mcp_voice.tasks import Bell

__all__ = ["PlayClock", "Playing"]

AHEAD_SECONDS = 1.0
"""LiveKit takes any amount of sound at once; what it gets of a part before the one before it ends cannot be unsaid."""


class PlayClock:
    """How much of the sound that was handed over is played, in seconds; the instants are given, pauses do not count."""

    def __init__(self) -> None:
        self.end = 0.0
        """When all of it is played, in seconds since the first sound."""
        self._began_at: float | None = None
        self._paused_at: float | None = None
        self._paused = 0.0

    @property
    def is_paused(self) -> bool:
        """Whether time stands still."""
        return self._paused_at is not None

    def add(self, seconds: float, now: float) -> float:
        """Hand sound over; gives when it begins."""
        if self._began_at is None:
            self._began_at = now
        begin = max(self.end, self._elapsed(now))
        self.end = begin + seconds
        return begin

    def left(self, now: float) -> float:
        """What is not played yet."""
        return max(0.0, self.end - self._elapsed(now))

    def pause(self, now: float) -> None:
        """Stand still."""
        if self._paused_at is None:
            self._paused_at = now

    def resume(self, now: float) -> None:
        """Go on."""
        if self._paused_at is not None:
            self._paused += now - max(self._paused_at, self._began_at or now)
            self._paused_at = None

    def _elapsed(self, now: float) -> float:
        if self._began_at is None:
            return 0.0
        until = now if self._paused_at is None else max(self._paused_at, self._began_at)
        return until - self._began_at - self._paused


class Playing:
    """Hands a text over to LiveKit, a part when the one before it has almost been played."""

    def __init__(self, speech: Synthesis, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._speech = speech
        self._now = clock
        self._clock = PlayClock()
        self._begun: list[float] = []
        self._ended: list[float] = []
        """When each part begins and ends, in seconds since the first sound."""
        self._over = False
        self._changed = Bell()

    @property
    def waiting(self) -> bool:
        """Whether sound is due that the voice has not made yet."""
        return not self._over and not self._clock.is_paused and self._clock.left(self._now()) == 0

    @property
    def played(self) -> str:
        """The text of the parts whose sound was handed over to its end."""
        return "".join(sound.part.given for sound in self._speech.sounds[: len(self._ended)]).strip()

    @property
    def broke_off(self) -> bool:
        """Whether there was sound of a part that has no end."""
        return self._over and len(self._begun) > len(self._ended)

    async def frames(self) -> AsyncIterator[rtc.AudioFrame]:
        """The audio from its beginning; ends early if synthesis fails, or when stopped."""
        try:
            for sound in self._speech.sounds:
                await self._almost_played()
                if self._over:
                    return
                begin: float | None = None
                async for frame in self._speech.hear(sound):
                    at = self._clock.add(frame.duration, self._now())
                    if begin is None:
                        begin = at
                        self._begun.append(at)
                        self._changed.ring()
                    yield frame
                if not sound.whole:
                    return
                self._ended.append(self._clock.end)
                self._changed.ring()
        finally:
            self._over = True
            self._changed.ring()

    async def captions(self) -> AsyncIterator[str]:
        """The text as it was given, with the time of each part in the sound, as far as there is sound."""
        for number, sound in enumerate(self._speech.sounds):
            given = sound.part.given
            while len(self._begun) <= number:
                if self._over:
                    return
                await self._changed.wait()
            # Its end, which is not known yet, is told by its last character.
            yield TimedString(given[:-1], start_time=self._begun[number])
            while len(self._ended) <= number:
                if self._over:
                    return
                await self._changed.wait()
            yield TimedString(given[-1:], end_time=self._ended[number])

    def pause(self) -> None:
        """Time stands still: the listener hears nothing."""
        self._clock.pause(self._now())

    def resume(self) -> None:
        """Go on."""
        self._clock.resume(self._now())
        self._changed.ring()

    def stop(self) -> None:
        """No more of it: nor is more made."""
        self._over = True
        self._speech.rest()
        self._changed.ring()

    async def _almost_played(self) -> None:
        while not self._over and (left := self._clock.left(self._now()) - AHEAD_SECONDS) > 0:
            change = self._changed.next
            with anyio.move_on_after(float("inf") if self._clock.is_paused else left):
                await change.wait()
