"""What an ear hears of a microphone that has gone; microphone, voice activity and recogniser are the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from math import inf
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from livekit import rtc
from livekit.agents import LanguageCode

from mcp_voice.errors import STTError
from mcp_voice.room import ear
from mcp_voice.room.ear import CLOSING_SILENCE, FRAME_MS, SAMPLE_RATE, Ear, Hearing
from mcp_voice.tasks import owned_tasks
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 10.0
SILENCE = round(CLOSING_SILENCE * 1000 / FRAME_MS)
"""Frames that are added at the end."""


class Microphone:
    """Sounds when the test says so, also after it has gone, as LiveKit's do; never ends by itself."""

    def __init__(self) -> None:
        self._send, self._receive = anyio.create_memory_object_stream[Any](inf)

    def sounds(self, number: int) -> None:
        """One frame, which is known by its samples."""
        samples = SAMPLE_RATE * FRAME_MS // 1000
        frame = rtc.AudioFrame(number.to_bytes(2, "little") * samples, SAMPLE_RATE, 1, samples)
        self._send.send_nowait(SimpleNamespace(frame=frame))

    def __aiter__(self) -> AsyncIterator[Any]:
        return aiter(self._receive)

    async def aclose(self) -> None:
        """Nothing more is wanted."""
        self._send.close()
        self._receive.close()


class Activity:
    """Voice activity without any; ends with its input."""

    def __init__(self) -> None:
        self._over = anyio.Event()

    def push_frame(self, frame: rtc.AudioFrame) -> None:
        """Hear nothing."""

    def end_input(self) -> None:
        """The microphone is over."""
        self._over.set()

    async def __aiter__(self) -> AsyncIterator[Any]:
        await self._over.wait()
        nothing: tuple[Any, ...] = ()
        for event in nothing:
            yield event

    async def aclose(self) -> None:
        """Nothing to close."""


class Recogniser:
    """Takes down which frames it was given."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def push(self, frame: rtc.AudioFrame) -> None:
        """Note the number of a frame."""
        self.numbers.append(frame.data[0])

    async def run(self) -> None:
        """Read for ever."""
        await anyio.sleep_forever()

    async def finish(self) -> None:
        """Nothing is unread."""


@pytest.fixture
def microphone(monkeypatch: pytest.MonkeyPatch) -> Microphone:
    """What is heard of any track."""
    opened = Microphone()
    monkeypatch.setattr(ear, "track_audio", lambda *_, **__: opened)
    return opened


@pytest.fixture
def recogniser(monkeypatch: pytest.MonkeyPatch) -> Recogniser:
    """What is asked for the words."""
    asked = Recogniser()
    monkeypatch.setattr(ear, "recognition", lambda *_: asked)
    return asked


def opened() -> Ear:
    """An ear for Alice."""
    activity: Any = Activity()
    hearing = Hearing(lambda: activity, None, anyio.CapacityLimiter(1), LanguageCode("en"), {})
    return Ear("alice", None, hearing, [].append, lambda error: STTError(str(error)))  # type: ignore[arg-type]


async def test_sound_that_is_on_its_way_when_somebody_leaves_is_heard(
    microphone: Microphone, recogniser: Recogniser
) -> None:
    """LiveKit tells of it at once, while up to 0.2 s of it wait in buffers: of "what time is it" the "it" was lost."""
    listening, over = opened(), anyio.Event()
    track: Any = SimpleNamespace(sid="TR_1")

    async def listen() -> None:
        await listening.run(track)
        over.set()

    async with owned_tasks() as tasks:
        tasks.start_soon(listen)
        for number in (1, 2, 3):
            microphone.sounds(number)
        await until(lambda: recogniser.numbers == [1, 2, 3], limit=LIMIT)
        # Not read yet when it is known that the track has gone, and not even here.
        microphone.sounds(4)
        listening.hang_up()
        microphone.sounds(5)
        await until(lambda: len(recogniser.numbers) >= 5, limit=LIMIT)
        microphone.sounds(6)
        with anyio.fail_after(LIMIT):
            await over.wait()
    assert recogniser.numbers == [1, 2, 3, 4, 5, 6] + [0] * SILENCE


async def test_a_track_that_sounds_on_for_ever_is_heard_no_more(
    microphone: Microphone, recogniser: Recogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on its way is bounded."""
    monkeypatch.setattr(ear, "ON_ITS_WAY_SECONDS", 0.1)
    listening = opened()

    async def sound_on() -> None:
        with suppress(anyio.ClosedResourceError):  # it may be closed before this is cancelled
            while True:
                microphone.sounds(1)
                await anyio.sleep(0.01)

    async def leave() -> None:
        await until(lambda: recogniser.numbers, limit=LIMIT)
        listening.hang_up()

    async with owned_tasks() as tasks:
        tasks.start_soon(sound_on)
        tasks.start_soon(leave)
        with anyio.fail_after(LIMIT):
            await listening.run(SimpleNamespace(sid="TR_1"))  # type: ignore[arg-type]
        tasks.cancel_scope.cancel()
    assert recogniser.numbers.count(1) > 1
