"""What a recogniser of whole utterances is sent, at pauses that turn out to be none, by people who hesitate."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from livekit import rtc
from livekit.agents import NOT_GIVEN, APIConnectOptions, NotGivenOr, vad
from livekit.agents.stt import SpeechEvent
from livekit.agents.utils import AudioBuffer
from livekit.agents.vad import VADEvent, VADEventType

from mcp_voice_agent.models.preflight_budget import FIRST_SECONDS, MOST_SENT
from mcp_voice_agent.models.preflight_stt import PreflightSTT
from testkit.stubs import StubSTT

pytestmark = pytest.mark.anyio

TRACES = dict(
    line.split("\t")
    for line in (Path(__file__).parents[2] / "data" / "voice_activity.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
)
RATE = 16_000
WINDOW = 512
WINDOW_SECONDS = WINDOW / RATE
LEAD_WINDOWS = 18
"""Half a second before the speech, and what was needed to know it."""


def _frame(windows: int) -> rtc.AudioFrame:
    return rtc.AudioFrame(bytes(2 * WINDOW * windows), RATE, 1, WINDOW * windows)


def _event(kind: VADEventType, at: int, frames: int, *, silence: int = 0, speaking: bool = True) -> VADEvent:
    return VADEvent(
        type=kind, samples_index=at * WINDOW, timestamp=at * WINDOW_SECONDS, speech_duration=0.0,
        silence_duration=silence * WINDOW_SECONDS, frames=[_frame(frames)], speaking=speaking,
        raw_accumulated_silence=silence * WINDOW_SECONDS,
    )  # fmt: skip


def _events(trace: str) -> Iterator[VADEvent]:
    windows = said = 0
    for sign in trace:
        if sign == "(":
            said = LEAD_WINDOWS
            yield _event(VADEventType.START_OF_SPEECH, windows, said)
            continue
        if sign == ")":
            yield _event(VADEventType.END_OF_SPEECH, windows, said, silence=8, speaking=False)
            continue
        windows += 1
        said += 1
        silence = int(sign) if sign.isdigit() else 0
        yield _event(VADEventType.INFERENCE_DONE, windows, 1, silence=silence, speaking=sign != ".")


class RecordedVAD(vad.VAD):
    """Tells what was recorded, whatever it hears."""

    def __init__(self, trace: str) -> None:
        super().__init__(capabilities=vad.VADCapabilities(update_interval=WINDOW_SECONDS))
        self.trace = trace

    def stream(self) -> vad.VADStream:
        """Begin to tell."""
        return _RecordedStream(self, self.trace)


class _RecordedStream(vad.VADStream):
    def __init__(self, listener: vad.VAD, trace: str) -> None:
        self._trace = trace
        super().__init__(listener)

    async def _main_task(self) -> None:
        for event in _events(self._trace):
            self._event_ch.send_nowait(event)
            # Everybody else has their turn between two windows.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await asyncio.sleep(0)


class MeteredSTT(StubSTT):
    """Adds up the sound that it is sent, and never hurries."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[float] = []
        self.cancelled = 0
        self.slow = False

    async def _recognize_impl(
        self, buffer: AudioBuffer, *, language: NotGivenOr[str] = NOT_GIVEN, conn_options: APIConnectOptions
    ) -> SpeechEvent:
        assert isinstance(buffer, rtc.AudioFrame)
        self.sent.append(buffer.duration)
        try:
            # Longer than a pause of the traces, and than an end is waited for.
            for _ in range(200 if self.slow else 1):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return await super()._recognize_impl(buffer, language=language, conn_options=conn_options)


async def listened(trace: str, recogniser: MeteredSTT) -> tuple[float, float]:
    """Seconds of sound that the recogniser was sent, and that would have been sent without asking early."""
    async with PreflightSTT(recogniser, RecordedVAD(trace)).stream() as stream:
        stream.end_input()
        with anyio.fail_after(20.0):
            assert [event async for event in stream]
    said = sum(len(segment) - 1 + LEAD_WINDOWS for segment in _segments(trace)) * WINDOW_SECONDS
    return sum(recogniser.sent), said


def _segments(trace: str) -> list[str]:
    return [part.partition(")")[0] + ")" for part in trace.split("(")[1:]]


@pytest.mark.parametrize("speaker", sorted(TRACES))
async def test_people_who_hesitate_cost_at_most_a_third_more_than_what_they_say(speaker: str) -> None:
    """5 requests with 17.6 s of sound were sent for 5.9 s that somebody said."""
    sent, said = await listened(TRACES[speaker], MeteredSTT())
    assert said > FIRST_SECONDS / (MOST_SENT - 1)
    assert said <= sent <= MOST_SENT * said


async def test_what_is_sent_never_grows_beyond_the_bound_however_long_somebody_hesitates() -> None:
    """An hour of the worst: a pause at every word."""
    trace = ("." * 10 + "(" + "sssssssss123" * 30 + "sssssss1234567)") * 10
    sent, said = await listened(trace, MeteredSTT())
    assert sent <= MOST_SENT * said


@pytest.mark.parametrize("pause", [15, 30, 45, 60, 75, 110, 150])
async def test_the_bound_holds_for_5_9_s_wherever_somebody_hesitates(pause: int) -> None:
    """Nothing has been said before, so that nobody knows yet that they will go on."""
    trace = "." * 10 + "(" + "s" * pause + "123" + "s" * (157 - pause) + "1234567)"
    sent, said = await listened(trace, MeteredSTT())
    assert said == pytest.approx(5.9, abs=WINDOW_SECONDS)
    assert sent <= MOST_SENT * said


async def test_who_says_little_at_a_time_is_always_answered_early() -> None:
    """Every one of their utterances is sent once, and as soon as the silence begins."""
    trace = ("." * 40 + "(" + "s" * 34 + "1234567)") * 8
    recogniser = MeteredSTT()
    await listened(trace, recogniser)
    assert recogniser.sent == pytest.approx([(LEAD_WINDOWS + 34) * WINDOW_SECONDS] * 8, abs=2 * WINDOW_SECONDS)


async def test_who_says_more_at_a_time_is_answered_early_once_they_have_said_enough() -> None:
    """Had they hesitated at first, it would have been too much."""
    trace = ("." * 40 + "(" + "s" * 50 + "1234567)") * 8
    recogniser = MeteredSTT()
    await listened(trace, recogniser)
    assert recogniser.sent[3:] == pytest.approx([(LEAD_WINDOWS + 50) * WINDOW_SECONDS] * 5, abs=2 * WINDOW_SECONDS)


async def test_within_two_seconds_nobody_asks_again() -> None:
    """Whoever has gone on once does so again."""
    trace = "." * 10 + "(" + "s" * 20 + "12" + "s" * 20 + "12" + "s" * 20 + "1234567)"
    recogniser = MeteredSTT()
    await listened(trace, recogniser)
    assert len(recogniser.sent) == 2


async def test_a_request_that_nobody_waits_for_any_more_is_cancelled() -> None:
    """The human goes on while it is under way."""
    trace = "." * 10 + "(" + "s" * 20 + "12" + "s" * 20 + "1234567)"
    recogniser = MeteredSTT()
    recogniser.slow = True
    await listened(trace, recogniser)
    assert (len(recogniser.sent), recogniser.cancelled) == (2, 1)
