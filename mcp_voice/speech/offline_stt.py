"""Speech to text with pocketsphinx: no key, no network.

Good for short and expected answers, which a grammar reads; in open language one word in three to four is wrong.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from livekit import rtc
from livekit.agents import APIConnectOptions, LanguageCode, inference, stt, vad
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr
from livekit.agents.utils import AudioBuffer, aio, combine_frames, shortuuid

from mcp_voice.speech.child import ChildGone, EngineFailed
from mcp_voice.speech.noise import SAMPLE_RATE
from mcp_voice.speech.pool import Pool
from mcp_voice.speech.utterance import Recognised, Utterance

__all__ = ["OfflineSTT", "recogniser_pool"]

MIN_SILENCE = 0.25
LEAD_SECONDS = 0.4
"""Audio before speech that is heard too; pocketsphinx wants 0.2 to 0.4 s."""
FLUSH_SECONDS = 0.6
"""Silence that makes the voice detector end a segment, with its own inertia."""
FRAME = 320

CONFIDENCE = {"choice": 0.9, "common": 0.8, "open": 0.7}
"""The share that was right when measured: accepted choices, accepted short answers, words of human speech (74 %)."""


def recogniser_pool(*, size: int = 0) -> Pool:
    """Recogniser processes for several ``OfflineSTT`` to share; ``size`` 0 is one more than there are processors."""
    return Pool("mcp_voice.speech.sphinx_child", size=size)


class OfflineSTT(stt.STT[str]):
    """pocketsphinx in child processes; streams with interim results, and whole buffers."""

    def __init__(self, *, choices: Sequence[str] = (), language: str = "en", pool: Pool | None = None) -> None:
        """``choices`` are the expected answers; a given ``pool`` is used and not closed."""
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True, keyterms=True))
        self.choices = tuple(choices)
        self.language = LanguageCode(language)
        self.pool = pool or recogniser_pool()
        self._own_pool = pool is None
        self._warming: asyncio.Task[None] | None = None

    @property
    def model(self) -> str:
        """The acoustic model."""
        return "pocketsphinx-en-us"

    @property
    def provider(self) -> str:
        """Always ``offline``."""
        return "offline"

    def set_choices(self, choices: Sequence[str]) -> None:
        """Expect these answers from the next utterance on, or with none any."""
        self.choices = tuple(choices)

    def _update_session_keyterms(self, keyterms: list[str]) -> None:  # quirk: keyterms
        self.set_choices(keyterms)

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002  # there is one model
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        """Hear one microphone, at any sample rate."""
        return _Stream(stt=self, conn_options=conn_options, sample_rate=SAMPLE_RATE)

    def prewarm(self) -> None:
        """Start one process now."""
        if self._warming is None:
            self._warming = asyncio.create_task(self._warm())

    async def _warm(self) -> None:
        try:
            await self.pool.warm()
        except (ChildGone, EngineFailed):
            return  # the first utterance will tell why

    async def aclose(self) -> None:
        """End the processes, unless the pool is somebody else's."""
        if self._warming is not None:
            await aio.cancel_and_wait(self._warming)
        if self._own_pool:
            await self.pool.aclose()

    async def _recognize_impl(
        self, buffer: AudioBuffer, *, language: NotGivenOr[str] = NOT_GIVEN, conn_options: APIConnectOptions
    ) -> stt.SpeechEvent:
        del language, conn_options  # one model, and no connection
        frames = _at_model_rate(combine_frames(buffer))
        heard = Recognised("", "open", "")
        if await _has_speech(frames):
            utterance = Utterance(self.pool, cmn="", choices=self.choices, show=lambda _: None)
            try:
                for frame in frames:
                    await utterance.push(frame.data.tobytes())
                heard = await utterance.finish()
            finally:
                await utterance.aclose()
        return stt.SpeechEvent(
            stt.SpeechEventType.FINAL_TRANSCRIPT, request_id=shortuuid(), alternatives=[_data(heard, self.language)]
        )


class _Stream(stt.RecognizeStream):
    """One microphone: voice activity cuts it into utterances."""

    _stt: OfflineSTT

    async def _run(self) -> None:
        activity = _activity().stream()
        forwarding = asyncio.create_task(self._forward(activity))
        try:
            await self._listen(activity)
        finally:
            await aio.cancel_and_wait(forwarding)
            await activity.aclose()

    async def _forward(self, activity: vad.VADStream) -> None:
        try:
            async for item in self._input_ch:
                if isinstance(item, rtc.AudioFrame):
                    activity.push_frame(item)
                else:
                    # A flush of the detector would forget the speech under way; silence ends it in order.
                    _push_silence(activity)
        finally:
            activity.end_input()

    async def _listen(self, activity: vad.VADStream) -> None:
        cmn = ""
        utterance: Utterance | None = None
        try:
            async for event in activity:
                if event.type == vad.VADEventType.START_OF_SPEECH:
                    self._event_ch.send_nowait(stt.SpeechEvent(stt.SpeechEventType.START_OF_SPEECH))
                    utterance = Utterance(self._stt.pool, cmn=cmn, choices=self._stt.choices, show=self._show)
                    await utterance.open()
                if utterance is None:
                    continue
                if event.type != vad.VADEventType.END_OF_SPEECH:
                    for frame in event.frames:
                        await utterance.push(frame.data.tobytes())
                    continue
                ended_at = time.time() - event.silence_duration
                heard = await utterance.finish()
                utterance = None
                cmn = heard.cmn or cmn
                self._settle(heard, ended_at)
        finally:
            if utterance is not None:
                await utterance.aclose()

    def _show(self, text: str) -> None:
        heard = Recognised(text, "open", "")
        self._event_ch.send_nowait(
            stt.SpeechEvent(stt.SpeechEventType.INTERIM_TRANSCRIPT, alternatives=[_data(heard, self._stt.language)])
        )

    def _settle(self, heard: Recognised, ended_at: float) -> None:
        if heard.text:
            self._event_ch.send_nowait(
                stt.SpeechEvent(
                    stt.SpeechEventType.FINAL_TRANSCRIPT,
                    request_id=shortuuid(),
                    alternatives=[_data(heard, self._stt.language)],
                    speech_end_time=ended_at,
                )
            )
        self._event_ch.send_nowait(stt.SpeechEvent(stt.SpeechEventType.END_OF_SPEECH, speech_end_time=ended_at))


def _activity() -> inference.VAD:
    return inference.VAD(min_silence_duration=MIN_SILENCE, prefix_padding_duration=LEAD_SECONDS)


def _push_silence(activity: vad.VADStream) -> None:
    count = int(FLUSH_SECONDS * SAMPLE_RATE)
    activity.push_frame(rtc.AudioFrame(bytes(count * 2), SAMPLE_RATE, 1, count))


def _data(heard: Recognised, language: LanguageCode) -> stt.SpeechData:
    confidence = CONFIDENCE[heard.source] if heard.text else 0.0
    return stt.SpeechData(language=language, text=heard.text, confidence=confidence)


def _at_model_rate(frame: rtc.AudioFrame) -> list[rtc.AudioFrame]:
    if frame.sample_rate == SAMPLE_RATE:
        return [frame]
    resampler = rtc.AudioResampler(
        frame.sample_rate, SAMPLE_RATE, num_channels=frame.num_channels, quality=rtc.AudioResamplerQuality.HIGH
    )
    return [*resampler.push(frame), *resampler.flush()]


async def _has_speech(frames: Sequence[rtc.AudioFrame]) -> bool:
    """Whether anybody speaks; pocketsphinx finds words in any noise."""
    activity = _activity().stream()
    try:
        for frame in frames:
            activity.push_frame(frame)
        activity.end_input()
        async for event in activity:
            if event.type == vad.VADEventType.START_OF_SPEECH:
                return True
        return False
    finally:
        await activity.aclose()
