"""A recogniser that takes whole utterances is asked as soon as a silence begins, not when the silence is long enough.

Voice activity detection calls an utterance over after a quarter of a second. What the recogniser takes of that time is
not waited for afterwards. If the human goes on, the request is cancelled, and the whole utterance is recognised later;
`PreflightBudget` bounds what that costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio.abc import TaskGroup
from livekit import rtc
from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    NOT_GIVEN,
    APIConnectionError,
    APIConnectOptions,
    APIError,
    NotGivenOr,
    stt,
    utils,
    vad,
)
from livekit.agents.stt import SpeechEvent, SpeechEventType

from mcp_voice.speech.segments import Segments
from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.models.preflight_budget import PreflightBudget

__all__ = ["PreflightSTT"]

BEGUN_SECONDS = 0.03
"""Silence at which the recogniser is asked. It is told of one window late, so that 64 ms have passed; no clip of the
benchmarks has a gap as long between its words."""
LONGEST_SECONDS = 60.0
"""What goes on for longer is no speech; voice activity detection keeps as much."""
NO_RETRY = APIConnectOptions(max_retry=0)
"""Of the stream: each request has its own retries."""


class PreflightSTT(stt.StreamAdapter):
    """Makes a stream of a recogniser that takes whole utterances."""

    def __init__(self, recogniser: stt.STT[Any], listener: vad.VAD) -> None:
        super().__init__(stt=recogniser, vad=listener)
        self._listener = listener
        self.budget = PreflightBudget()

    def prewarm(self) -> None:
        """Have the recogniser ready before the first utterance; LiveKit's adapters do not pass that on."""
        self.wrapped_stt.prewarm()

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        """Begin to listen."""
        return _PreflightStream(self, self._listener, language, conn_options)


@dataclass(slots=True)
class _Preflight:
    """An utterance at the recogniser: its words or its failure, once it is done."""

    done: anyio.Event = field(default_factory=anyio.Event)
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    event: SpeechEvent | None = None
    error: APIError | None = None


class _PreflightStream(stt.RecognizeStream):
    def __init__(
        self, adapter: PreflightSTT, listener: vad.VAD, language: NotGivenOr[str], conn_options: APIConnectOptions
    ) -> None:
        super().__init__(stt=adapter, conn_options=NO_RETRY)
        self._recogniser = adapter.wrapped_stt
        self._budget = adapter.budget
        self._listener = listener
        self._language = language
        self._request_options = conn_options
        self._preflight: _Preflight | None = None
        """At the recogniser since the present silence began."""

    async def _run(self) -> None:
        listening = self._listener.stream()
        try:
            async with owned_tasks() as tasks:
                tasks.start_soon(self._forward, listening)
                await self._listen(listening, tasks)
                tasks.cancel_scope.cancel()
        finally:
            await listening.aclose()

    async def _forward(self, listening: vad.VADStream) -> None:
        async for item in self._input_ch:
            if isinstance(item, rtc.AudioFrame):
                listening.push_frame(item)
            else:
                listening.flush()
        listening.end_input()

    async def _listen(self, listening: vad.VADStream, tasks: TaskGroup) -> None:
        heard: list[rtc.AudioFrame] = []
        segments = Segments()
        async for event in listening:
            if event.type == vad.VADEventType.START_OF_SPEECH:
                heard = list(segments.begun(event))
                self._event_ch.send_nowait(SpeechEvent(SpeechEventType.START_OF_SPEECH))
            elif event.type == vad.VADEventType.END_OF_SPEECH:
                await self._end(segments.ended(event), tasks)
            elif event.speaking:
                length = _seconds(heard)
                if length < LONGEST_SECONDS:
                    heard += event.frames
                if event.raw_accumulated_silence == 0:
                    self._go_on()
                elif event.raw_accumulated_silence >= BEGUN_SECONDS and self._may_begin(length):
                    self._budget.sent(length)
                    self._begin(heard, tasks)

    def _may_begin(self, length: float) -> bool:
        return self._preflight is None and self._budget.allows(length)

    def _go_on(self) -> None:
        """The silence is over: nobody wants to know any more what was said before it."""
        if self._preflight is not None:
            self._preflight.scope.cancel()
            self._preflight = None
            self._budget.went_on()

    def _begin(self, heard: Sequence[rtc.AudioFrame], tasks: TaskGroup) -> _Preflight:
        self._preflight = preflight = _Preflight()
        tasks.start_soon(self._recognise, preflight, utils.merge_frames(list(heard)))
        return preflight

    async def _recognise(self, preflight: _Preflight, heard: rtc.AudioFrame) -> None:
        with preflight.scope:
            await self._ask(preflight, heard)
        preflight.done.set()
        if preflight is self._preflight:
            self._tell(SpeechEventType.PREFLIGHT_TRANSCRIPT, preflight)

    async def _ask(self, preflight: _Preflight, heard: rtc.AudioFrame) -> None:
        try:
            preflight.event = await self._recogniser.recognize(
                heard, language=self._language, conn_options=self._request_options
            )
        except APIError as error:
            # It counts only if these words are wanted.
            preflight.error = error
        except Exception as error:  # noqa: BLE001  # an odd answer, which one utterance is lost by and not all that follow
            preflight.error = APIConnectionError(f"the recogniser failed: {type(error).__name__}")

    async def _end(self, heard: Sequence[rtc.AudioFrame], tasks: TaskGroup) -> None:
        """The silence is long enough: the words of the preflight that it began with are final."""
        self._event_ch.send_nowait(SpeechEvent(SpeechEventType.END_OF_SPEECH))
        self._budget.ended(_seconds(heard))
        preflight = self._preflight or self._begin(heard, tasks)
        self._preflight = None
        await preflight.done.wait()
        if preflight.error is not None:
            raise preflight.error
        self._tell(SpeechEventType.FINAL_TRANSCRIPT, preflight)

    def _tell(self, kind: SpeechEventType, preflight: _Preflight) -> None:
        words = preflight.event.alternatives[:1] if preflight.event else []
        if words and words[0].text:
            self._event_ch.send_nowait(SpeechEvent(kind, alternatives=words))


def _seconds(frames: Sequence[rtc.AudioFrame]) -> float:
    return sum(frame.duration for frame in frames)
