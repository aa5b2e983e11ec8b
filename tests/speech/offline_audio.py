"""Audio for the tests of offline speech: our clips, and frames as a microphone gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio
import av
import numpy as np
from livekit import rtc
from livekit.agents import stt, tts
from numpy.typing import NDArray

__all__ = ["CLIPS", "Clip", "decoded", "heard", "room", "said", "until", "words"]

Samples = NDArray[np.int16]
EVENT_SECONDS = 60
ROOM_SEED = 3
ROOM_RMS = 8.0


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording and what is said in it."""

    path: Path
    text: str


def _clips() -> list[Clip]:
    paths = sorted((Path(__file__).parents[2] / "testkit" / "speech").glob("*.flac"))
    return [Clip(path, path.stem.split("__")[1].replace("_", " ").replace("lets", "let's")) for path in paths]


CLIPS = _clips()


def words(text: str) -> str:
    """Lower-case words with one space between, nothing else."""
    kept = "".join(letter for letter in text.lower() if letter.isalpha() or letter in " '")
    return " ".join(kept.split())


def decoded(path: Path, *, rate: int) -> Samples:
    """A file's samples, int16 mono at ``rate`` Hz."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]).astype(np.int16)


def room(speech: Samples, *, rate: int, before: float = 0.6, after: float = 1.0) -> list[rtc.AudioFrame]:
    """The speech in a quiet room, as 20 ms frames."""
    quiet = np.concatenate([np.zeros(int(before * rate)), speech, np.zeros(int(after * rate))])
    noisy = quiet + np.random.default_rng(ROOM_SEED).normal(0, ROOM_RMS, len(quiet))
    samples = np.clip(noisy, -32_768, 32_767).astype(np.int16)
    size = rate // 50
    return [
        rtc.AudioFrame(samples[at : at + size].tobytes(), rate, 1, size)
        for at in range(0, len(samples) - size + 1, size)
    ]


async def until(stream: stt.RecognizeStream, kind: stt.SpeechEventType) -> list[stt.SpeechEvent]:
    """Events up to and including the first of that kind."""
    events = []
    with anyio.fail_after(EVENT_SECONDS):
        async for event in stream:
            events.append(event)
            if event.type == kind:
                return events
    raise AssertionError(f"the stream ended before {kind}")


async def heard(stream: stt.RecognizeStream, frames: Sequence[rtc.AudioFrame]) -> str:
    """The final words of one utterance."""
    for frame in frames:
        stream.push_frame(frame)
    events = await until(stream, stt.SpeechEventType.END_OF_SPEECH)
    finals = [event for event in events if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT]
    return " ".join(event.alternatives[0].text for event in finals)


async def said(voice: tts.TTS[str], text: str) -> rtc.AudioFrame:
    """What a voice makes of a text, in one frame."""
    async with voice.synthesize(text) as speech:
        return await speech.collect()
