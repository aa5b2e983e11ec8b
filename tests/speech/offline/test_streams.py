"""What a recogniser of this machine is given of one microphone, whoever reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest
from livekit.agents import stt

from mcp_voice.speech.offline.engines import OfflineEngines
from mcp_voice.speech.offline_stt import OfflineSTT
from mcp_voice.speech.utterance import Recognised
from tests.speech.offline.weights import NO_WEIGHTS
from tests.speech.offline_audio import decoded, room, until

pytestmark = pytest.mark.anyio

RATE = 16_000
CLIP = Path(__file__).with_name("clips") / "kokoro-michael__forty_two.flac"
WINDOW = 512
"""Samples that voice activity detection judges at once."""


class Kept:
    """An utterance that keeps its sound, and has no words."""

    def __init__(self) -> None:
        self.pcm = bytearray()
        self.voice_end = 0

    async def open(self) -> None:
        """Nothing to begin."""

    async def push(self, pcm: bytes, *, voice: float) -> None:
        """Keep it."""
        self.pcm += pcm
        if voice:
            self.voice_end = len(self.pcm)

    async def finish(self) -> Recognised:
        """No words."""
        return Recognised("", "open", "")

    async def aclose(self) -> None:
        """Nothing to give up."""


class Keeping(OfflineEngines):
    """Keeps all utterances."""

    def __init__(self) -> None:
        super().__init__(NO_WEIGHTS)
        self.utterances: list[Kept] = []

    def utterance(self, *, context: str, choices: Sequence[str], show: Callable[[str], None]) -> Kept:
        """One more."""
        self.utterances.append(Kept())
        return self.utterances[-1]


async def test_an_utterance_after_a_short_pause_begins_without_the_end_of_the_one_before() -> None:
    """The lead of its soft first sounds reaches back into it; read apart from it, its last word came twice."""
    speech = decoded(CLIP, rate=RATE)
    loud = np.flatnonzero(np.abs(speech) > np.abs(speech).max() // 20)
    speech = speech[loud[0] : loud[-1] + 1]
    whole = np.concatenate([speech, np.zeros(int(0.34 * RATE), np.int16), speech])
    frames = room(whole, rate=RATE)
    pcm = b"".join(frame.data.tobytes() for frame in frames)
    ears = Keeping()
    async with aclosing(OfflineSTT(ears)) as recogniser, recogniser.stream() as stream:
        for frame in frames:
            stream.push_frame(frame)
        for _ in range(2):
            await until(stream, stt.SpeechEventType.END_OF_SPEECH)
    first, second = ears.utterances
    ended = pcm.find(bytes(first.pcm[:6400])) + first.voice_end
    begins = pcm.find(bytes(second.pcm[:6400]), ended - RATE)
    assert begins >= ended - 2 * WINDOW
