"""The voices by themselves: how soon they sound, what they cost, and how well the default ears understand them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import psutil
from livekit.agents.tts import TTS
from livekit.agents.utils import http_context

from benchmarks.direct import Ears, ears, in_a_room
from benchmarks.hearing import CONDITIONS, cases
from benchmarks.processes import family_seconds
from benchmarks.stage import Stage
from benchmarks.wording import plain_words, words_wrong
from mcp_voice.audio import Pcm
from mcp_voice.settings import load
from mcp_voice.speech.catalogue import choose, make_tts, preload
from testkit.degraded import active_rms
from testkit.piper_voices import joe
from testkit.speakers import LEVEL_RMS

__all__ = ["VOICES", "measure"]

VOICES: dict[str, Callable[[], str]] = {"offline": lambda: "offline", "local: Piper's joe": lambda: f"local/{joe()}"}
"""What ``MCP_VOICE_TTS`` would be for each. Piper's joe is the one that a package registry has."""
HEARD_UNDER = ("clean", "phone")
WARM_UP = "Hello."


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    first_sound_ms: float
    sound: Pcm


async def measure(
    stage: Stage, *, samples: int, voices: Iterable[str] = tuple(VOICES), most: int | None = None
) -> dict[str, Any]:
    """For each voice the replies of ``hearing.cases``: milliseconds, CPU seconds, and words wrong by condition."""
    texts = [case.utterance.text for case in cases(samples, most=most) if case.kind == "replies"]
    found: dict[str, Any] = {}
    async with ears("default") as listening:
        for voice in voices:
            stage.progress(f"voices: {voice}")
            said, spent = await _speak(VOICES[voice](), texts)
            found[voice] = {
                "first_sound_ms": [each.first_sound_ms for each in said],
                "cpu_seconds": round(spent, 3),
                "speech_seconds": round(sum(each.sound.seconds for each in said), 2),
                "heard": {name: await _understood(listening, said, name) for name in HEARD_UNDER},
            }
    return found


async def _speak(wanted: str, texts: list[str]) -> tuple[list[_Said], float]:
    """Have a voice say all texts; gives the CPU seconds too."""
    settings = load(_env_file=None, tts=wanted)
    choice = choose(settings, "tts")
    await preload(choice)
    async with http_context.open():
        engine = make_tts(settings, choice)
        try:
            # It loads its model, or starts a child process.
            await _say(engine, WARM_UP)
            before = family_seconds(psutil.Process())
            said = [await _say(engine, text) for text in texts]
            return said, family_seconds(psutil.Process()) - before
        finally:
            await engine.aclose()


async def _say(engine: TTS[Any], text: str) -> _Said:
    begun = time.monotonic()
    first_at, parts = 0.0, []
    async with engine.synthesize(text) as chunks:
        async for chunk in chunks:
            first_at = first_at or time.monotonic()
            parts.append(Pcm.from_wav(chunk.frame.to_wav_bytes()))
    return _Said(text, round((first_at - begun) * 1000, 1), parts[0].joined(*parts[1:]))


async def _understood(listening: Ears, said: list[_Said], condition: str) -> dict[str, list[int]]:
    wrong = []
    for each in said:
        speech = each.sound.cut(*each.sound.voiced())
        loud = speech.scaled(LEVEL_RMS / active_rms(speech))
        heard = await listening.hear(in_a_room(CONDITIONS[condition].change(loud)))
        wrong.append(words_wrong(each.text, heard))
    return {"wrong": wrong, "words": [len(plain_words(each.text)) for each in said]}
