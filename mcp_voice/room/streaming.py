"""Speech to text by a provider that listens all the time and reports words while they are spoken.

A stream that breaks is opened again and given what was said since its last final words, so that no word is lost.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import anyio
from livekit import rtc
from livekit.agents import APIConnectionError, APITimeoutError, stt

from mcp_voice.bounds.limits import LAST_WORDS_SECONDS
from mcp_voice.link import Reading, SegmentRead, Trouble, Words
from mcp_voice.room.stt_calls import ONCE, TELL_SECONDS, Emit, Fault
from mcp_voice.room.unread_audio import UnreadAudio
from mcp_voice.speech.persistence import Attempts
from mcp_voice.speech.transcripts import TextLimit, hinted, may_be_noise, transcript_of
from mcp_voice.tasks import owned_tasks

__all__ = ["Streaming"]

REOPEN_SECONDS = 1.0
QUICK_REOPEN_SECONDS = 0.3
"""While words are due."""
DUE_SECONDS = 60.0
"""For so long one stream after the other is given what is due; after that it is told as lost."""
INTERIM_SECONDS = 0.05
"""Interim words come no closer: those in between are replaced by the next before anybody has seen them."""


class Streaming:
    """Satisfies ``Recognition``."""

    def __init__(self, identity: str, engine: stt.STT[Any], emit: Emit, fault: Fault) -> None:
        self._identity = identity
        self._engine = engine
        self._emit = emit
        self._fault = fault
        self._stream: stt.RecognizeStream | None = None
        self._unread = UnreadAudio()
        self._attempts = Attempts(refused_pause=QUICK_REOPEN_SECONDS)
        """Since words were read last."""
        self._failing_since: float | None = None
        """When the first of these attempts ended."""
        self._worded = False
        """Whether words of the present segment have been passed on."""
        self._doubtful = False
        """Whether they are such as it may write of a noise."""
        self._finishing = False
        self._finished = asyncio.Event()
        self._last_words = anyio.CancelScope()
        self._interim: Words | None = None
        self._interim_due = asyncio.Event()
        self._text_limit = TextLimit()

    def push(self, frame: rtc.AudioFrame) -> None:
        """A frame of the microphone."""
        self._unread.push(frame, time.monotonic())
        if self._stream is not None:
            with suppress(RuntimeError):  # the stream ended just now; ``run`` opens the next one
                self._stream.push_frame(frame)

    def speech_started(self, at: float) -> None:
        """Voice activity began: the provider finds out by itself, and owes words from now on."""
        self._unread.speech_started(at)

    def speech_stopped(self, segment: Sequence[rtc.AudioFrame], at: float) -> None:  # noqa: ARG002  # it was pushed
        """Voice activity ended."""
        self._unread.speech_stopped(at)

    def turn_over(self) -> None:
        """Nothing to do: the provider reads each segment once."""

    async def run(self) -> None:
        """Read one stream after the other."""
        async with owned_tasks() as tasks:
            tasks.start_soon(self._pass_on_interims)
            await self._read()
            tasks.cancel_scope.cancel()

    async def _read(self) -> None:
        while True:
            error: Exception = APIConnectionError("its stream ended")
            try:
                async with self._engine.stream(conn_options=ONCE) as stream:
                    self._begin(stream)
                    async for event in stream:
                        self._report(event)
            except Exception as raised:  # noqa: BLE001  # whatever a plugin raises ends in the one sentence of an error
                error = raised
            self._stream = None
            self._unread.stream_ended()
            self._emit_interim()
            if self._unread.overflowed:
                self._tell_lost(error, kept=True)
            pause = self._pause(error) if self._unread.due else None
            if self._unread.due and pause is None:
                self._tell_lost(error)
            if pause is not None:
                await self._tell_for(pause)
                continue
            self._begin_anew()
            if self._finishing:
                self._finished.set()
                return
            await asyncio.sleep(REOPEN_SECONDS)

    def _tell_lost(self, error: Exception, *, kept: bool = False) -> None:
        """What is due will not be read; or only a part of it, where the rest is ``kept``."""
        if kept:
            self._unread.overflowed = False
        else:
            self._unread.give_up()
        self._emit(Trouble(self._identity, self._fault(error)))

    def _pause(self, error: Exception) -> float | None:
        """Seconds after which another stream is worth opening for what is due; None where it is not."""
        now = time.monotonic()
        self._failing_since = self._failing_since or now
        pause = self._attempts.pause(error)
        if pause is None or now + pause > self._failing_since + DUE_SECONDS:
            return None
        return max(pause, QUICK_REOPEN_SECONDS)

    def _begin_anew(self) -> None:
        """Forget what has failed."""
        self._attempts = Attempts(refused_pause=QUICK_REOPEN_SECONDS)
        self._failing_since = None

    def _begin(self, stream: stt.RecognizeStream) -> None:
        """Give a stream what the one before it has not answered."""
        for frame in self._unread.frames:
            stream.push_frame(frame)
        self._unread.given(time.monotonic())
        self._stream = stream
        if self._finishing:
            self._last_words.deadline = anyio.current_time() + LAST_WORDS_SECONDS
            stream.end_input()

    async def _tell_for(self, pause: float) -> None:
        """Wait, and say meanwhile that words will come."""
        self._last_words.deadline = anyio.current_time() + pause + LAST_WORDS_SECONDS
        until = time.monotonic() + pause
        while (left := until - time.monotonic()) > 0:
            self._emit(Reading(self._identity, time.monotonic()))
            await asyncio.sleep(min(left, TELL_SECONDS))

    async def finish(self) -> None:
        """Nothing more will be pushed; wait for the last words, for some time."""
        self._finishing = True
        if self._stream is None and not self._unread.due:
            return
        if self._stream is not None:
            with suppress(RuntimeError):  # the stream ended just now
                self._stream.end_input()
        with anyio.move_on_after(LAST_WORDS_SECONDS) as self._last_words:
            await self._finished.wait()
        if self._unread.due and not self._worded:
            self._tell_lost(APITimeoutError("it did not give the last words"))

    async def _pass_on_interims(self) -> None:
        """One every twentieth of a second, the latest: a flood of them would hold up all rooms."""
        while True:
            await self._interim_due.wait()
            self._emit_interim()
            await asyncio.sleep(INTERIM_SECONDS)

    def _emit_interim(self) -> None:
        interim, self._interim = self._interim, None
        self._interim_due.clear()
        if interim is not None:
            self._emit(interim)

    def _report(self, event: stt.SpeechEvent) -> None:
        now = time.monotonic()
        text = transcript_of(event, choices=hinted(self._engine), spoke=self._worded)
        match event.type:
            case stt.SpeechEventType.INTERIM_TRANSCRIPT:
                if text:
                    self._worded = True
                    self._doubtful = may_be_noise(text)
                    self._unread.worded(now)
                    self._interim = Words(self._identity, text, final=False, at=now, doubtful=self._doubtful)
                    self._interim_due.set()
            case stt.SpeechEventType.FINAL_TRANSCRIPT:
                self._report_final(event, text, now)
            case stt.SpeechEventType.END_OF_SPEECH:
                self._emit_interim()
                if self._doubtful:
                    self._take_back(now)
                else:
                    self._emit(SegmentRead(self._identity, now))
                self._unread.segment_over()

    def _report_final(self, event: stt.SpeechEvent, text: str, now: float) -> None:
        if text:
            self._interim = None
        else:
            self._emit_interim()
        if text or not (_names_a_noise(event) or self._doubtful):
            # An empty final one confirms what came before it, unless that is what is written of a noise.
            self._emit(Words(self._identity, self._text_limit.cut(text, now), final=True, at=now))
        else:
            self._take_back(now)
        self._worded = self._doubtful = False
        end = event.alternatives[0].end_time if event.alternatives else 0.0
        self._unread.finalised(end)
        self._begin_anew()

    def _take_back(self, now: float) -> None:
        """The interim words are nothing."""
        self._doubtful = False
        self._emit(Words(self._identity, "", final=False, at=now))
        self._emit(SegmentRead(self._identity, now))


def _names_a_noise(event: stt.SpeechEvent) -> bool:
    """Whether there is a text, of which nothing is a word: interim words that came before it are taken back."""
    return bool(event.alternatives and event.alternatives[0].text)
