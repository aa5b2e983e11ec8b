"""Speech to text by a provider that takes a whole segment at a time: asked at every pause, however slow it is.

A passage is what is read together: segments with short pauses between them. The last one may still grow; those before
it wait until they are read, so that slowness costs no word.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio
from livekit import rtc
from livekit.agents import stt
from livekit.agents.utils import combine_frames

from mcp_voice.errors import STTError
from mcp_voice.link import Reading, SegmentRead, Trouble, Words
from mcp_voice.outside_faults.fault import OutsideFault
from mcp_voice.room.stt_calls import ONCE, TELL_SECONDS, Emit, Fault
from mcp_voice.speech.transcripts import hinted, transcript_of
from mcp_voice.tasks import Bell, owned_tasks

__all__ = ["Passages"]

LONGEST_READING = 3_700.0
"""More than any setting allows: a provider that keeps to none is left."""
JOIN_SECONDS = 1.0
"""Segments closer than this are read again as one: a batch recogniser does better on whole sentences."""
JOINED_SECONDS = 30.0
"""Longer than this they are not: each pause would send all of it again."""
MOST_WAITING_SECONDS = 600.0
"""Of speech that is kept until it is read, 19 MB; whoever speaks on loses the beginning, and we say so."""
TOO_FAR_BEHIND = OutsideFault(
    "stt-behind",
    "STT is so slow that more than {minutes:.0f} minutes of speech were waiting for it, so the oldest were dropped",
    "Use a faster model or another provider in MCP_VOICE_STT",
)


@dataclass(slots=True, eq=False)
class _Passage:
    """Speech that is read together; instants are ``time.monotonic()`` seconds."""

    began_at: float
    ended_at: float
    frames: list[rtc.AudioFrame] = field(default_factory=list)
    growing: bool = False
    """Whether somebody speaks on, after a short pause."""
    closed: bool = False
    """Whether what is said from now on is read apart."""
    read: bool = False
    worded: bool = False
    """Whether there were words in what was read of it before."""

    @property
    def seconds(self) -> float:
        return sum(frame.duration for frame in self.frames)


class Passages:
    """Satisfies ``Recognition``."""

    def __init__(self, identity: str, engine: stt.STT[Any], emit: Emit, fault: Fault) -> None:
        self._identity = identity
        self._engine = engine
        self._emit = emit
        self._fault = fault
        self._passages: list[_Passage] = []
        """Those that are not read, and the last one."""
        self._began_at = 0.0
        self._at: _Passage | None = None
        self._reading = anyio.CancelScope()
        self._changed = Bell()

    def push(self, frame: rtc.AudioFrame) -> None:
        """Nothing to do: the segment comes whole."""

    def speech_started(self, at: float) -> None:
        """Voice activity began: the passage goes on, or another one begins."""
        self._began_at = at
        last = self._last
        if last is None or last.closed:
            return
        if at - last.ended_at > JOIN_SECONDS or last.seconds > JOINED_SECONDS:
            self._close(last)
            return
        last.growing = True
        if last is self._at:
            self._reading.cancel()

    def speech_stopped(self, segment: Sequence[rtc.AudioFrame], at: float) -> None:
        """Voice activity ended."""
        last = self._last
        if last is None or last.closed:
            last = _Passage(self._began_at, at)
            self._passages.append(last)
        last.frames.extend(segment)
        last.ended_at = at
        last.growing = last.read = False
        self._give_up_surplus()
        self._changed.ring()

    def turn_over(self) -> None:
        """The turn has ended: what follows is read apart from it."""
        last = self._last
        if last is not None and not last.growing:
            self._close(last, told=False)

    async def run(self) -> None:
        """Read one passage after the other."""
        while True:
            passage = next((each for each in self._passages if not each.read and not each.growing), None)
            if passage is None:
                await self._changed.wait()
            else:
                await self._read(passage)

    async def finish(self) -> None:
        """Nothing more will be said; wait until everything is read, a passage that had no end as well."""
        for each in self._passages:
            each.growing = False
        self._changed.ring()
        while any(not each.read for each in self._passages):
            await self._changed.wait()

    @property
    def _last(self) -> _Passage | None:
        return self._passages[-1] if self._passages else None

    def _close(self, passage: _Passage, *, told: bool = True) -> None:
        """Nothing is added to it; what was read of it so far stays as it is, if its turn is still open."""
        passage.closed = True
        if passage.read:
            self._passages.remove(passage)
            if told:
                self._emit(Words(self._identity, "", final=True, at=time.monotonic()))

    def _give_up_surplus(self) -> None:
        waiting = [each for each in self._passages if each is not self._at]
        surplus = sum(each.seconds for each in waiting) - MOST_WAITING_SECONDS
        if surplus <= 0:
            return
        for each in waiting[:-1]:
            self._passages.remove(each)
            surplus -= each.seconds
            if surplus <= 0:
                break
        fault = TOO_FAR_BEHIND.filled(minutes=MOST_WAITING_SECONDS / 60)
        self._emit(Trouble(self._identity, fault.error(STTError, "")))

    async def _read(self, passage: _Passage) -> None:
        self._at = passage
        choices = hinted(self._engine)
        try:
            with anyio.CancelScope() as self._reading:
                event = await self._recognise(passage)
        except Exception as error:  # noqa: BLE001  # whatever a plugin raises ends in the one sentence of an error
            self._passages.remove(passage)
            self._emit(Trouble(self._identity, self._fault(error)))
        else:
            if not self._reading.cancelled_caught:
                self._take(passage, transcript_of(event, choices=choices, spoke=passage.worded))
        finally:
            self._at = None
        self._changed.ring()

    async def _recognise(self, passage: _Passage) -> stt.SpeechEvent:
        async with owned_tasks() as tasks:
            tasks.start_soon(self._tell)
            with anyio.fail_after(LONGEST_READING):
                event = await self._engine.recognize(combine_frames(passage.frames), conn_options=ONCE)
            tasks.cancel_scope.cancel()
        return event

    async def _tell(self) -> None:
        """Say that words will come, for as long as they may."""
        while True:
            self._emit(Reading(self._identity, time.monotonic()))
            await anyio.sleep(TELL_SECONDS)

    def _take(self, passage: _Passage, text: str) -> None:
        now = time.monotonic()
        passage.read = True
        passage.worded = passage.worded or bool(text)
        if passage.closed:
            self._passages.remove(passage)
        if text or passage.closed:  # What was read of its beginning is not taken back, since the sound is still there.
            began_at, ended_at = passage.began_at, passage.ended_at
            self._emit(Words(self._identity, text, final=passage.closed, at=now, began_at=began_at, ended_at=ended_at))
        if any(not each.read for each in self._passages):
            self._emit(Reading(self._identity, now))
        else:
            self._emit(SegmentRead(self._identity, now))
