"""The speech providers at work: a phrase is spoken, and that very sound is read back."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import numpy as np
from livekit import rtc

from mcp_voice.audio import Pcm, pink_noise, silence
from mcp_voice.doctor.models import server_problem
from mcp_voice.doctor.problem import Problem, told
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice.errors import SpeechError
from mcp_voice.speech.catalogue import SPEECH_TO_TEXT, make_stt, make_tts
from mcp_voice.speech.faults import stt_fault, tts_fault
from mcp_voice.speech.offers import Choice
from mcp_voice.speech.provider_http import provider_http
from mcp_voice.speech.synthesis import synthesis
from mcp_voice.tasks import owned_tasks
from mcp_voice.texts.foreign import LONGEST_QUOTE, quoted, shown

if TYPE_CHECKING:
    from livekit.agents import stt

__all__ = ["CLIP", "PHRASE", "SPEECH", "STT_SECONDS", "TTS_SECONDS", "read_back", "speech_problem", "spoken"]

PHRASE = "yes please go ahead"
CLIP = Path(__file__).with_name("yes_please_go_ahead.flac")
"""The phrase by another voice (flite's rms), which every recogniser reads."""
TTS_SECONDS = 12.0
STT_SECONDS = 15.0
"""These and what the settings allow: who is slow within that works in a room as well."""
SLOW_SECONDS = 10.0
"""Whoever takes longer is called slow."""
MOST_SECONDS = 60.0
"""Doctor waits no longer for a provider, whatever the settings allow."""
RATE = 16_000
FRAME_SECONDS = 0.02
BEFORE_SECONDS = 0.5
AFTER_SECONDS = 1.5
SILENT_RMS = 50.0
FINAL = "final_transcript"
ON_THIS_MACHINE = ("offline", "local")
LIMITS = {"stt": "MCP_VOICE_STT_SECONDS", "tts": "MCP_VOICE_TTS_SECONDS"}

KNOWN = frozenset({
    "key-refused", "key-not-enough", "no-such-model", "quota", "speech-unreachable", "speech-late", "no-audio",
    "offline-engine", "offline-language",
})  # fmt: skip
"""Codes of a provider's faults (``outside_faults``) of which doctor knows more than their own text says."""


async def say(visit: Visit) -> Found:
    """Speak the phrase, for nobody."""
    return await spoken(visit, _known(visit.tts))


async def spoken(visit: Visit, choice: Choice) -> Found:
    """The same by a voice that is chosen already; its sound is kept to be read."""
    engine = make_tts(visit.settings, choice)
    begun = time.monotonic()
    first: float | None = None
    frames: list[rtc.AudioFrame] = []
    fault: BaseException | None = TimeoutError()
    allowed = visit.settings.tts_seconds
    limit = min(TTS_SECONDS + allowed, MOST_SECONDS)
    try:
        # Outside of the limit: a context whose end is cancelled stays bound, with a session that nobody closes.
        async with provider_http(), _telling(visit, choice, limit):
            with anyio.move_on_after(limit):
                async with synthesis(
                    engine, PHRASE, provider=choice.label, key=choice.key_variable, first_sound_seconds=allowed
                ) as speech:
                    async for frame in speech.frames():
                        first = first or time.monotonic()
                        frames.append(frame)
                fault = speech.error
    finally:
        with anyio.move_on_after(2, shield=True):
            await engine.aclose()
    if fault is not None:
        told_of = tts_fault(fault, provider=choice.label, key=choice.key_variable)
        raise await speech_problem(visit, choice, told_of, waited=time.monotonic() - begun)
    sound = _joined(frames)
    if sound.rms < SILENT_RMS:
        raise Problem("silence", provider=choice.label, seconds=sound.seconds, setting=visit.speech_variables["tts"])
    visit.sound = sound
    visit.first_sound_seconds = (first or begun) - begun
    detail = f"{sound.seconds:.1f} s of speech, first after {visit.first_sound_seconds * 1000:.0f} ms"
    return Found(detail, _slow(visit, choice, visit.first_sound_seconds, allowed))


async def read(visit: Visit) -> Found:
    """Read back what the voice said, else the clip."""
    return await read_back(visit, _known(visit.stt))


async def read_back(visit: Visit, choice: Choice) -> Found:
    """The same by a recogniser that is chosen already."""
    sound, whose = (
        (visit.sound, "mcp-voice's own voice") if visit.sound is not None else (Pcm.load(CLIP), "a recorded voice")
    )
    engine = make_stt(visit.settings, choice)
    # As with any question that has choices; the offline recogniser reads the offline voice only so.
    SPEECH_TO_TEXT.offers[choice.provider].expect(engine, [PHRASE])
    fault: BaseException | None = None
    text = ""
    allowed = visit.settings.stt_seconds
    limit = min(STT_SECONDS + allowed, MOST_SECONDS)
    begun = time.monotonic()
    try:
        async with provider_http(), _telling(visit, choice, limit):
            with anyio.fail_after(limit):
                text = await _transcribed(engine, _in_a_room(sound))
    except Exception as error:  # noqa: BLE001  # whatever a plugin raises ends in a row of the table
        fault = error
    finally:
        with anyio.move_on_after(2, shield=True):
            await engine.aclose()
    if fault is not None:
        told_of = stt_fault(fault, provider=choice.label, key=choice.key_variable)
        raise await speech_problem(visit, choice, told_of, waited=time.monotonic() - begun)
    visit.read_seconds = time.monotonic() - begun
    slow = _slow(visit, choice, visit.read_seconds, allowed)
    if not text.strip():
        raise Problem(
            "nothing-read",
            provider=choice.label,
            seconds=sound.seconds,
            whose=whose,
            setting=visit.speech_variables["stt"],
        )
    heard = f"read {quoted(text)} from {whose}"
    if choice.provider == "offline" and engine.model.startswith("pocketsphinx"):
        heard += "; told to expect it: pocketsphinx reads expected answers well, free speech badly"
    elif choice.provider == "offline":
        heard += f"; told to expect it, by {engine.model}"
    elif not _words(text) & _words(PHRASE):
        said = {"heard": shown(text, limit=LONGEST_QUOTE), "said": PHRASE, "language": visit.settings.language}
        doubt = Problem("other-words", provider=choice.label, **said)
        return Found(heard, [doubt, *slow])
    return Found(heard, slow)


async def speech_problem(visit: Visit, choice: Choice, error: SpeechError, *, waited: float = 0.0) -> Problem:
    """What a provider's fault is; a speech server of the user's own is asked for its models.

    ``waited``: seconds for which doctor waited for it, where it did.
    """
    if (problem := await server_problem(visit.settings, choice)) is not None:
        return problem
    name = error.code if error.code in KNOWN else "speech"
    allowed = visit.settings.stt_seconds if choice.direction == "stt" else visit.settings.tts_seconds
    if name == "speech-late" and choice.provider in ON_THIS_MACHINE:
        name = "offline-late"
    elif name == "offline-engine" and (choice.provider == "local" or choice.direction == "tts"):
        name = "speech"  # What is wrong its own words tell; the remedy is one for listening.
    elif name == "speech-late" and waited >= MOST_SECONDS < allowed:
        name = "speech-given-up"
    if name == "no-audio" and choice.provider == "cartesia":
        name = "no-audio-cartesia"
    setting = visit.speech_variables["stt" if choice.direction == "stt" else "tts"]
    words = told(name, error).facts
    key = choice.key_variable or setting
    waits = {"seconds": MOST_SECONDS, "allowed": allowed, "variable": LIMITS[choice.direction]}
    return Problem(name, code=error.code, provider=choice.label, key=key, setting=setting, **waits, **words)


@asynccontextmanager
async def _telling(visit: Visit, choice: Choice, limit: float) -> AsyncIterator[None]:
    """Tell whoever watches why nothing happens while the block lasts, once it is slow."""

    async def tell() -> None:
        await anyio.sleep(SLOW_SECONDS)
        visit.tell(f"{choice.label} is slow; doctor waits up to {limit:g} s")

    async with owned_tasks() as tasks:
        tasks.start_soon(tell)
        yield
        tasks.cancel_scope.cancel()


def _slow(visit: Visit, choice: Choice, seconds: float, allowed: float) -> list[Problem]:
    if seconds <= SLOW_SECONDS:
        return []
    setting = visit.speech_variables["stt" if choice.direction == "stt" else "tts"]
    words = {"setting": setting, "variable": LIMITS[choice.direction]}
    return [Problem("slow", provider=choice.label, seconds=seconds, allowed=allowed, **words)]


async def _transcribed(engine: stt.STT[Any], pcm: Pcm) -> str:
    if not engine.capabilities.streaming:
        event = await engine.recognize(_frame(pcm))
        return event.alternatives[0].text if event.alternatives else ""
    async with engine.stream() as stream:
        size = round(FRAME_SECONDS * pcm.rate)
        for start in range(0, len(pcm.samples) - size + 1, size):
            stream.push_frame(_frame(Pcm(pcm.samples[start : start + size], pcm.rate)))
        stream.end_input()
        return " ".join([text async for text in _finals(stream)])


async def _finals(stream: stt.RecognizeStream) -> AsyncIterator[str]:
    async for event in stream:
        if event.type == FINAL and event.alternatives:
            yield event.alternatives[0].text


def _known(choice: Choice | None) -> Choice:
    if choice is None:
        raise Problem("unexpected", why="No provider was chosen")
    return choice


def _in_a_room(sound: Pcm) -> Pcm:
    """With pauses around it and the noise of a quiet room, as from a microphone."""
    whole = silence(BEFORE_SECONDS, rate=RATE).joined(sound, silence(AFTER_SECONDS, rate=RATE))
    return whole.over(pink_noise(whole.seconds + FRAME_SECONDS, rate=RATE))


def _frame(pcm: Pcm) -> rtc.AudioFrame:
    return rtc.AudioFrame(pcm.samples.tobytes(), pcm.rate, 1, len(pcm.samples))


def _joined(frames: list[rtc.AudioFrame]) -> Pcm:
    rate = frames[0].sample_rate if frames else RATE
    parts = [np.frombuffer(frame.data, dtype=np.int16) for frame in frames]
    return Pcm(np.concatenate(parts) if parts else np.zeros(0, dtype=np.int16), rate)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


def _tts_seconds(visit: Visit) -> float:
    return min(visit.settings.tts_seconds, MOST_SECONDS)


def _stt_seconds(visit: Visit) -> float:
    return min(visit.settings.stt_seconds, MOST_SECONDS)


SPEECH = (
    Step("tts", "speaking works", say, TTS_SECONDS + 6, ("tts-choice", "libraries"), slowness=_tts_seconds),
    Step("stt", "listening works", read, STT_SECONDS + 6, ("stt-choice", "libraries"), slowness=_stt_seconds),
)
