"""Somebody who never pauses: music, a lecture, or a guest who means harm."""

from __future__ import annotations

import numpy as np
import pytest

from mcp_voice.speech.cutting import LONGEST_SECONDS
from mcp_voice.speech.offline.spoken import SpokenUtterance
from mcp_voice.speech.utterance import Recognised

pytestmark = pytest.mark.anyio

RATE = 16_000
WORD_SECONDS = 0.5


class Listener:
    """Reads a sound in which each half second has a level of its own: that level is the word."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def read(self, pcm: bytes, *, choices: object = (), whole: bool = True) -> Recognised:
        """The levels, one after the other."""
        del choices, whole
        samples = np.frombuffer(pcm, np.int16)
        self.longest = max(self.longest, len(samples) / RATE)
        words = dict.fromkeys(int(each) for each in np.abs(samples[:: int(WORD_SECONDS * RATE)]))
        return Recognised(" ".join(f"w{word}" for word in words), "open", "")

    async def warm(self) -> None:
        """Nothing to start."""

    is_idle = True


def loud(number: int) -> bytes:
    """Half a second without a pause, as loud as its number says."""
    samples = np.full(int(WORD_SECONDS * RATE), 10_000 + number, np.int16)
    samples[1::2] *= -1
    return samples.tobytes()


async def test_speech_without_a_pause_is_read_in_pieces_and_no_word_is_lost_or_doubled() -> None:
    """Five minutes: neither the memory that it takes nor the work of a reading grows with its length."""
    listener, shown = Listener(), [""]
    utterance = SpokenUtterance(listener.read, listener, choices=(), show=shown.append)  # type: ignore[arg-type]
    for number in range(600):
        await utterance.push(loud(number), voice=WORD_SECONDS)
        await utterance.read_so_far()
    heard = await utterance.finish()
    await utterance.aclose()
    assert heard.text.split() == [f"w{10_000 + number}" for number in range(600)]
    assert listener.longest <= LONGEST_SECONDS + 2 * WORD_SECONDS
    assert heard.text.startswith(shown[-1])
