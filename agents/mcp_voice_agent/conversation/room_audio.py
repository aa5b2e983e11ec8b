"""What a session hears of a room: the sound of its partner, one human after the other, from their first word on."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence

from livekit import rtc
from livekit.agents.voice.io import AudioInput

from mcp_voice_agent.conversation.human_audio import FRAME_MS, silent
from mcp_voice_agent.conversation.partner import Partner

__all__ = ["RoomAudio"]

BEFORE_SECONDS = 1.0
"""Kept of everybody at any time: voice activity tells of speech a moment after it has begun."""
KEPT_SECONDS = 30.0
"""Of the speech of one who waits for the partner's turn to end; the rest is left out."""
MOST_BEHIND_SECONDS = 60.0
"""What waits for the session, which takes it at once, at the most."""
BETWEEN_SECONDS = 0.5
"""Silence where one human's sound ends and another's begins, or nothing comes any more: speech to text ends there."""


def _frames(seconds: float) -> int:
    return round(seconds * 1000 / FRAME_MS)


class _Voice:
    """What is kept of one who is not the partner."""

    def __init__(self) -> None:
        self._before: deque[rtc.AudioFrame] = deque(maxlen=_frames(BEFORE_SECONDS))
        self._kept: list[rtc.AudioFrame] = []
        self._speaks = False
        self._is_over = False
        """Whether no more of it comes."""

    def keep(self, frame: rtc.AudioFrame) -> None:
        self._is_over = False
        if not self._speaks:
            self._before.append(frame)
        elif len(self._kept) < _frames(KEPT_SECONDS):
            self._kept.append(frame)

    def recorded(self, frames: Sequence[rtc.AudioFrame]) -> None:
        self._kept.extend(frames[: max(0, _frames(KEPT_SECONDS) - len(self._kept))])

    def began(self) -> None:
        self._speaks = True
        self._kept.extend(self._before)
        self._before.clear()

    def ended(self) -> None:
        self._speaks = False

    def unheard(self) -> None:
        self._speaks, self._is_over = False, True

    @property
    def has_words(self) -> bool:
        """Whether some of what is kept may be speech."""
        return bool(self._kept)

    def taken(self) -> list[rtc.AudioFrame]:
        kept, self._kept = [*self._kept, *self._before], []
        self._before.clear()
        return [*kept, silent(BETWEEN_SECONDS)] if kept and self._is_over else kept

    def forget(self) -> None:
        self._kept.clear()
        self._before.clear()
        self._speaks = False


class RoomAudio(AudioInput):
    """Frames of the partner (int16 mono PCM at 16 kHz); of the others, what they say until it is their turn."""

    def __init__(self, partner: Partner, changed: Callable[[str], None]) -> None:
        """``changed`` is told the identity of each new partner, before the session hears them; empty: there is none."""
        super().__init__(label="everybody's microphones")
        self._partner = partner
        self._changed = changed
        self._voices: dict[str, _Voice] = {}
        self._frames: asyncio.Queue[rtc.AudioFrame] = asyncio.Queue(_frames(MOST_BEHIND_SECONDS))
        self._attached = True

    @property
    def owes(self) -> bool:
        """Whether words of somebody who has left are still to be heard: then nobody else is passed on unseen."""
        return self._partner.owes

    @property
    def partner(self) -> str:
        """Who is passed on now: an identity, or nothing."""
        return self._partner.current

    async def __anext__(self) -> rtc.AudioFrame:
        return await self._frames.get()

    def on_attached(self) -> None:
        """Be heard again."""
        self._attached = True
        super().on_attached()

    def on_detached(self) -> None:
        """Be heard no more: what is said meanwhile, and what still waits, is for nobody."""
        self._attached = False
        self._partner.hushed()
        for voice in self._voices.values():
            voice.forget()
        super().on_detached()

    def push(self, identity: str, frame: rtc.AudioFrame) -> None:
        """A frame of somebody's sound."""
        if not self._attached:
            return
        if identity == self._partner.current:
            self._put(frame)
        else:
            self._voice(identity).keep(frame)
        self.settle()

    def recorded(self, identity: str, frames: Sequence[rtc.AudioFrame]) -> None:
        """What somebody said before we were there; all of it is theirs, also where voice activity tells of it late."""
        if not self._attached:
            return
        if identity != self._partner.current:
            self._voice(identity).recorded(frames)
            return
        for frame in frames:
            self._put(frame)

    def began(self, identity: str) -> None:
        """Somebody begins to speak."""
        if self._attached:
            self._partner.began(identity, time.monotonic())
            if identity != self._partner.current:
                self._voice(identity).began()
            self.settle()

    def ended(self, identity: str) -> None:
        """Somebody stops."""
        self._partner.ended(identity, time.monotonic())
        # Voice activity ends after whoever left.
        if identity in self._voices:
            self._voices[identity].ended()
        self.settle()

    def unheard(self, identity: str) -> None:
        """Somebody's sound has ended; they are there still, and what they have said is heard when it is their turn."""
        self._end(identity)
        self._partner.ended(identity, time.monotonic())
        self.settle()

    def left(self, identity: str) -> None:
        """Somebody is gone; what they have said is heard when it is their turn, as if they were there."""
        self._end(identity)
        voice = self._voices.get(identity)
        if not self._partner.left(identity, unheard=voice is not None and voice.has_words):
            self._voices.pop(identity, None)
        self.settle()
        if not self._partner.current:
            self._changed("")

    def _end(self, identity: str) -> None:
        if identity == self._partner.current and self._attached:
            self._put(silent(BETWEEN_SECONDS))
        if identity in self._voices:
            self._voices[identity].unheard()

    def take(self, identity: str) -> None:
        """Hear somebody from now on, whoever speaks."""
        if identity != self._partner.current:
            before = self._partner.current
            self._partner.take(identity, time.monotonic())
            self._hand_over(before)

    def settle(self) -> None:
        """Let whoever waits be heard, if it is their turn: with the time, or because a turn is over."""
        if not self._attached:
            return
        before = self._partner.current
        if self._partner.settle(time.monotonic()):
            self._hand_over(before)

    def _hand_over(self, before: str) -> None:
        self._changed(self._partner.current)
        if self._partner.speaks(before):
            self._put(silent(BETWEEN_SECONDS))
            self._voice(before).began()
        now = self._partner.current
        for frame in self._voice(now).taken() if now else ():
            self._put(frame)
        if self._partner.is_gone(now):
            del self._voices[now]

    def _voice(self, identity: str) -> _Voice:
        return self._voices.setdefault(identity, _Voice())

    def _put(self, frame: rtc.AudioFrame) -> None:
        if self._frames.full():
            self._frames.get_nowait()
        self._frames.put_nowait(frame)
