"""Somebody who never ends, heard by a recogniser that reads as it hears: pocketsphinx, and the local Moonshine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import numpy as np
import pytest
from livekit.agents import APIError

from mcp_voice.speech.child import ChildGone
from mcp_voice.speech.cutting import LONGEST_SECONDS, OVERLAP_SECONDS
from mcp_voice.speech.frames import AUDIO, DONE, FINISH, INTERIM, OPEN
from mcp_voice.speech.pool import Pool
from mcp_voice.speech.utterance import Utterance

pytestmark = pytest.mark.anyio

RATE = 16_000
WORD_SECONDS = 0.5
STEP = 200
"""Between the levels of two words: more than the noise that is laid under all sound."""


class Child:
    """Reads a sound in which each half second has a level of its own: that level is the word."""

    def __init__(self, pool: Processes) -> None:
        self._pool = pool
        self._pcm = bytearray()
        self._told: asyncio.Queue[tuple[bytes, bytes]] = asyncio.Queue()

    async def send(self, kind: bytes, payload: bytes = b"") -> None:
        """Take a frame."""
        if self._pool.broken:
            raise ChildGone("its pipe broke")
        if kind == OPEN:
            self._pcm.clear()
            self._pool.orders.append(json.loads(payload))
        elif kind == AUDIO:
            self._pcm += payload
            self._pool.longest = max(self._pool.longest, len(self._pcm) / 2 / RATE)
            self._tell(INTERIM, {"text": self._words()})
        elif kind == FINISH:
            self._pool.wholes.append(json.loads(payload)["whole"])
            self._tell(DONE, {"text": self._words(), "source": "open", "cmn": "1.0"})

    async def receive(self) -> tuple[bytes, bytes]:
        """Tell a frame."""
        if self._pool.broken:
            raise ChildGone("it ended")
        return await self._told.get()

    def _tell(self, kind: bytes, payload: dict[str, str]) -> None:
        self._told.put_nowait((kind, json.dumps(payload).encode()))

    def _words(self) -> str:
        levels = np.abs(np.frombuffer(self._pcm, np.int16).astype(int))[RATE // 8 :: int(WORD_SECONDS * RATE)]
        return " ".join(f"w{round(level / STEP)}" for level in dict.fromkeys(levels) if level > STEP)


class Processes:
    """Satisfies what an utterance wants of a ``Pool``."""

    def __init__(self, *, has_room: bool) -> None:
        self.has_room = has_room
        self.broken = False
        self.longest = 0.0
        self.orders: list[dict[str, object]] = []
        self.wholes: list[bool] = []

    @asynccontextmanager
    async def child(self) -> AsyncIterator[Child]:
        """A process of one's own."""
        yield Child(self)


def loud(number: int, *, seconds: float = WORD_SECONDS) -> bytes:
    """Half a second without a pause, as loud as its number says."""
    samples = np.full(int(seconds * RATE), STEP * number, np.int16)
    samples[1::2] *= -1
    return samples.tobytes()


def speak(pool: Processes, shown: list[str]) -> Utterance:
    """Somebody begins."""
    return Utterance(cast("Pool", pool), cmn="", choices=("yes",), show=shown.append)


@pytest.mark.parametrize("has_room", [True, False], ids=["a process is free", "none is free"])
@pytest.mark.parametrize("in_one", [False, True], ids=["as it comes", "in one"])
async def test_speech_without_a_pause_is_read_in_pieces_and_no_word_is_lost_or_doubled(
    *, has_room: bool, in_one: bool
) -> None:
    """A minute of it: neither side keeps more than a piece."""
    pool, shown = Processes(has_room=has_room), [""]
    utterance = speak(pool, shown)
    await utterance.open()
    sounds = [loud(number) for number in range(20, 140)]
    for sound in [b"".join(sounds)] if in_one else sounds:
        await utterance.push(sound)
    heard = await utterance.finish()
    await utterance.aclose()
    assert heard.text.split() == [f"w{number}" for number in range(20, 140)]
    assert pool.longest <= LONGEST_SECONDS + OVERLAP_SECONDS
    assert heard.text.startswith(shown[-1])
    assert [order["choices"] for order in pool.orders[:2]] == [["yes"], []], "a piece is no short answer"
    assert not any(pool.wholes)


async def test_a_long_answer_is_cut_at_a_pause_and_nothing_is_read_twice() -> None:
    """The first one after 14 s; a part of a word in both pieces could come twice."""
    pool, shown = Processes(has_room=True), [""]
    utterance = speak(pool, shown)
    await utterance.open()
    for number in range(20, 80):
        await utterance.push(loud(number))
        if number == 50:
            await utterance.push(bytes(RATE))
    heard = await utterance.finish()
    await utterance.aclose()
    assert heard.text.split() == [f"w{number}" for number in range(20, 80)]
    assert len(pool.orders) == 2
    assert shown.count(" ".join(f"w{number}" for number in range(20, 51)))
    assert all(text.startswith("w20") for text in filter(None, shown)), "words so far are all words so far"


async def test_a_short_answer_is_one_piece() -> None:
    """It may be one of the choices."""
    pool = Processes(has_room=True)
    utterance = speak(pool, [])
    await utterance.open()
    await utterance.push(loud(20))
    assert (await utterance.finish()).text == "w20"
    assert pool.wholes == [True]


async def test_what_cannot_be_read_for_a_while_is_kept_and_read_later() -> None:
    """Processes may be away for longer than a piece."""
    pool = Processes(has_room=False)
    pool.broken = True
    utterance = speak(pool, [])
    for number in range(20, 70):
        await utterance.push(loud(number))
    pool.broken = False
    assert (await utterance.finish()).text.split() == [f"w{number}" for number in range(20, 70)]


async def test_what_cannot_be_read_at_all_is_told_before_it_fills_the_memory() -> None:
    """After a minute."""
    pool = Processes(has_room=False)
    pool.broken = True
    utterance = speak(pool, [])
    with pytest.raises(APIError, match="stopped twice"):
        await utterance.push(loud(20) * 180)
    await utterance.aclose()
