"""Speech to text for one human, the same from outside whether the provider streams or takes whole segments."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

import anyio
from livekit import rtc
from livekit.agents import APIConnectOptions, stt

from mcp_voice.errors import SpeechError
from mcp_voice.limits import LAST_WORDS_SECONDS
from mcp_voice.link import Event, SegmentRead, Trouble, Words
from mcp_voice.owned import owned_tasks
from mcp_voice.passages import Passages
from mcp_voice.speech.transcripts import Allowance, hinted, transcript_of

__all__ = ["Recognition", "recognition"]

QUICK_RETRY = APIConnectOptions(max_retry=1, retry_interval=0.3, timeout=10.0)
REOPEN_SECONDS = 1.0
INTERIM_SECONDS = 0.05
"""Interim words come no closer: those in between are replaced by the next before anybody has seen them."""

Emit = Callable[[Event], None]
Fault = Callable[[BaseException], SpeechError]


class Recognition(Protocol):
    """What an ear needs of a recogniser."""

    def push(self, frame: rtc.AudioFrame) -> None:
        """Every frame of the microphone, as it comes."""

    def speech_started(self, at: float) -> None:
        """Voice activity began."""

    def speech_stopped(self, segment: Sequence[rtc.AudioFrame], at: float) -> None:
        """Voice activity ended; ``segment`` is its audio with some lead."""

    def turn_over(self) -> None:
        """The turn has ended: what follows is read apart from it."""

    async def run(self) -> None:
        """Read until cancelled, or finished."""

    async def finish(self) -> None:
        """Nothing more will be pushed; wait until everything is read."""


class _Streaming:
    """A provider that listens all the time and reports words while they are spoken."""

    def __init__(self, identity: str, engine: stt.STT[Any], emit: Emit, fault: Fault) -> None:
        self._identity = identity
        self._engine = engine
        self._emit = emit
        self._fault = fault
        self._stream: stt.RecognizeStream | None = None
        self._spoke = False
        self._worded = False
        """Whether words of the present segment have been passed on."""
        self._finishing = False
        self._finished = asyncio.Event()
        self._interim: Words | None = None
        self._interim_due = asyncio.Event()
        self._allowance = Allowance()

    def push(self, frame: rtc.AudioFrame) -> None:
        if self._stream is not None:
            with suppress(RuntimeError):  # the stream ended just now; ``run`` opens the next one
                self._stream.push_frame(frame)

    def speech_started(self, at: float) -> None:  # noqa: ARG002  # the provider finds out by itself
        self._spoke = True

    def speech_stopped(self, segment: Sequence[rtc.AudioFrame], at: float) -> None:
        """Nothing to do: the provider has heard it."""

    def turn_over(self) -> None:
        """Nothing to do: the provider reads each segment once."""

    async def run(self) -> None:
        async with owned_tasks() as tasks:
            tasks.start_soon(self._pass_on_interims)
            await self._read()
            tasks.cancel_scope.cancel()

    async def _read(self) -> None:
        while True:
            try:
                async with self._engine.stream(conn_options=QUICK_RETRY) as self._stream:
                    async for event in self._stream:
                        self._report(event)
            except Exception as error:  # noqa: BLE001  # whatever a plugin raises ends in the one sentence of an error
                self._emit_interim()
                if self._spoke:
                    self._emit(Trouble(self._identity, self._fault(error)))
            self._stream = None
            self._emit_interim()
            if self._finishing:
                self._finished.set()
                return
            await asyncio.sleep(REOPEN_SECONDS)

    async def finish(self) -> None:
        self._finishing = True
        if self._stream is not None:
            with suppress(RuntimeError):  # the stream ended just now
                self._stream.end_input()
            with anyio.move_on_after(LAST_WORDS_SECONDS):
                await self._finished.wait()

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
                    self._interim = Words(self._identity, text, final=False, at=now)
                    self._interim_due.set()
            case stt.SpeechEventType.FINAL_TRANSCRIPT:
                self._report_final(event, text, now)
            case stt.SpeechEventType.END_OF_SPEECH:
                self._emit_interim()
                self._emit(SegmentRead(self._identity, now))
                self._spoke = False

    def _report_final(self, event: stt.SpeechEvent, text: str, now: float) -> None:
        if text:
            self._interim = None
        else:
            self._emit_interim()
        if text or not _names_a_noise(event):
            # An empty final one confirms what came before it.
            self._emit(Words(self._identity, self._allowance.cut(text, now), final=True, at=now))
        else:
            self._emit(Words(self._identity, "", final=False, at=now))
            self._emit(SegmentRead(self._identity, now))
        self._spoke = self._worded = False


def _names_a_noise(event: stt.SpeechEvent) -> bool:
    """Whether there is a text, of which nothing is a word: interim words that came before it are taken back."""
    return bool(event.alternatives and event.alternatives[0].text)


def recognition(identity: str, engine: stt.STT[Any], emit: Emit, fault: Fault) -> Recognition:
    """The way to listen that suits the provider."""
    kind = _Streaming if engine.capabilities.streaming else Passages
    return kind(identity, engine, emit, fault)
