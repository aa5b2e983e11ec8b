"""Speech to text in child processes: no key, no network."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from livekit import rtc
from livekit.agents import APIConnectOptions, LanguageCode, inference, stt, vad
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr
from livekit.agents.utils import AudioBuffer, aio, combine_frames, shortuuid

from mcp_voice.speech.child import ChildGone, EngineFailed, LanguageUnknown
from mcp_voice.speech.noise import SAMPLE_RATE
from mcp_voice.speech.offline.engines import OfflineEngines, OpenUtterance
from mcp_voice.speech.pool import Pool
from mcp_voice.speech.segments import Segments
from mcp_voice.speech.utterance import Recognised

__all__ = ["OfflineSTT", "other_language"]

MIN_SILENCE = 0.25
LEAD_SECONDS = 0.4
"""Audio before speech that is heard too; pocketsphinx wants 0.2 to 0.4 s."""
FLUSH_SECONDS = 0.6
"""Silence that makes the voice detector end a segment, with its own inertia."""
LEAST_PROBABILITY = 0.35
"""Of voice in a window while somebody speaks; less of it is silence (the detector's own threshold)."""

TELL_SECONDS = 0.5
"""A turn waits 1.5 s for words that were told to be followed by final ones; a busy machine may take longer."""
ENGLISH = "en"
CONFIDENCE = {"choice": 0.9, "common": 0.8, "open": 0.7}
"""The share that was right when measured: accepted choices, accepted short answers, words of human speech (74 %)."""


def other_language(language: str) -> str:
    """What is wrong where another language than English is spoken, without its full stop; else nothing."""
    if LanguageCode(language).split("-")[0] == ENGLISH:
        return ""
    return f"the offline recogniser understands English only, and MCP_VOICE_LANGUAGE is {language!r}"


class OfflineSTT(stt.STT[str]):
    """Streams with interim results, and whole buffers."""

    def __init__(
        self, ears: OfflineEngines, *, choices: Sequence[str] = (), language: str = "en", owns_ears: bool = False
    ) -> None:
        """``choices`` are the expected answers; ``owns_ears``: whether they are closed with it."""
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True, keyterms=True))
        self.choices = tuple(choices)
        self.language = LanguageCode(language)
        self.ears = ears
        self._owns_ears = owns_ears
        self._warming: asyncio.Task[None] | None = None

    @property
    def pool(self) -> Pool:
        """The processes that hear the next utterance."""
        return self.ears.pool

    @property
    def model(self) -> str:
        """The acoustic model."""
        return self.ears.model

    @property
    def provider(self) -> str:
        """Always ``offline``."""
        return "offline"

    def check_language(self) -> None:
        """Raise LanguageUnknown where something else than English is spoken."""
        if why := other_language(self.language):
            raise LanguageUnknown(why, setting="MCP_VOICE_STT")

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
            await self.ears.warm()
        except (ChildGone, EngineFailed):
            return  # the first utterance will tell why

    async def aclose(self) -> None:
        """End the processes, unless they are somebody else's."""
        if self._warming is not None:
            await aio.cancel_and_wait(self._warming)
        if self._owns_ears:
            await self.ears.aclose()

    async def _recognize_impl(
        self, buffer: AudioBuffer, *, language: NotGivenOr[str] = NOT_GIVEN, conn_options: APIConnectOptions
    ) -> stt.SpeechEvent:
        del language, conn_options  # one model, and no connection
        self.check_language()
        frames = _at_model_rate(combine_frames(buffer))
        heard = Recognised("", "open", "")
        if voice := await _voice_seconds(frames):
            pcm = b"".join(frame.data.tobytes() for frame in frames)
            heard = await self.ears.whole(pcm, choices=self.choices, voice=voice)
        return stt.SpeechEvent(
            stt.SpeechEventType.FINAL_TRANSCRIPT, request_id=shortuuid(), alternatives=[_data(heard, self.language)]
        )


class _Stream(stt.RecognizeStream):
    """One microphone: voice activity cuts it into utterances."""

    _stt: OfflineSTT
    _shown: str = ""
    """The words so far of the utterance under way."""

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
        utterance: OpenUtterance | None = None
        segments = Segments()
        try:
            async for event in activity:
                frames: Sequence[rtc.AudioFrame] = event.frames
                if event.type == vad.VADEventType.START_OF_SPEECH:
                    # Not before: whoever types or presses keys is understood in any language.
                    self._stt.check_language()
                    self._event_ch.send_nowait(stt.SpeechEvent(stt.SpeechEventType.START_OF_SPEECH))
                    ears, choices = self._stt.ears, self._stt.choices
                    utterance = ears.utterance(context=cmn, choices=choices, show=self._show)
                    await utterance.open()
                    frames = segments.begun(event)
                if utterance is None:
                    continue
                if event.type != vad.VADEventType.END_OF_SPEECH:
                    for frame in frames:
                        await utterance.push(frame.data.tobytes(), voice=_voice_in(event))
                    continue
                segments.ended(event)
                ended_at = time.time() - event.silence_duration
                heard = await self._finished(utterance)
                utterance = None
                cmn = heard.cmn or cmn
                self._settle(heard, ended_at)
        finally:
            if utterance is not None:
                await utterance.aclose()

    async def _finished(self, utterance: OpenUtterance) -> Recognised:
        """The words; until they are there the words so far are told again, or they would be taken for all of it."""
        reading = asyncio.create_task(utterance.finish())
        try:
            while not (await asyncio.wait([reading], timeout=TELL_SECONDS))[0]:
                if self._shown:
                    self._show(self._shown)
            return reading.result()
        finally:
            self._shown = ""
            await aio.cancel_and_wait(reading)

    def _show(self, text: str) -> None:
        self._shown = text
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


async def _voice_seconds(frames: Sequence[rtc.AudioFrame]) -> float:
    """For how long somebody speaks; recognisers find words in any noise."""
    activity = _activity().stream()
    seconds = 0.0
    try:
        for frame in frames:
            activity.push_frame(frame)
        activity.end_input()
        async for event in activity:
            if event.speaking or event.type == vad.VADEventType.START_OF_SPEECH:
                seconds += _voice_in(event)
        return seconds
    finally:
        await activity.aclose()


def _voice_in(event: vad.VADEvent) -> float:
    """Seconds of voice in an event's frames."""
    if event.type == vad.VADEventType.START_OF_SPEECH:
        return event.speech_duration
    return sum(frame.duration for frame in event.frames) if event.probability > LEAST_PROBABILITY else 0.0
