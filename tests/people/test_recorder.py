"""What a synthetic human hears, whatever their event loop does meanwhile."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import anyio
import numpy as np
import pytest
from livekit import rtc

from mcp_voice.people import recorder as module
from mcp_voice.people.recorder import GAP_SECONDS, RATE, Recorder
from mcp_voice.tasks import owned_tasks

pytestmark = pytest.mark.anyio

LIMIT = 5.0
FRAME = RATE // 25


class _Stalling:
    """Two frames of sound, after which the event loop stands still for longer than it takes to forget them."""

    async def __aiter__(self) -> AsyncIterator[Any]:
        for _ in range(2):
            samples = np.full(FRAME, 5_000, dtype=np.int16)
            frame = rtc.AudioFrame(samples.tobytes(), RATE, num_channels=1, samples_per_channel=FRAME)
            yield SimpleNamespace(frame=frame)
        time.sleep(3 * GAP_SECONDS)  # noqa: ASYNC251  # that is what happens
        await anyio.sleep_forever()

    async def aclose(self) -> None:
        """Nothing is open."""


async def test_a_short_sound_is_heard_though_the_event_loop_stands_still_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """People of a busy machine never answered a question of one word: it was over when they had their turn."""
    monkeypatch.setattr(module, "track_audio", lambda *_, **__: _Stalling())
    heard = Recorder()
    async with owned_tasks() as tasks:

        async def hears() -> None:
            await heard.sound(limit=LIMIT)
            tasks.cancel_scope.cancel()

        tasks.start_soon(hears)
        await anyio.sleep(0.1)
        await heard.listen(cast("rtc.Track", None), "mcp-voice-1")
    assert len(heard.sounds) == 1


async def test_a_sound_that_was_over_before_is_not_heard_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits, waits for the next one."""
    monkeypatch.setattr(module, "track_audio", lambda *_, **__: _Stalling())
    heard = Recorder()
    async with owned_tasks() as tasks:

        async def listen() -> None:
            await anyio.sleep(0.1)
            await heard.listen(cast("rtc.Track", None), "mcp-voice-1")

        tasks.start_soon(listen)
        await heard.sound(limit=LIMIT)
        await anyio.sleep(2 * GAP_SECONDS)
        with pytest.raises(TimeoutError):
            await heard.sound(limit=0.2)
        tasks.cancel_scope.cancel()
