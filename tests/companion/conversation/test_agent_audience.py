"""What the companion does with its own track when listeners come and go."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import anyio
import pytest
from livekit import rtc

from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.conversation.audience import Audience
from testkit.waiting import settled, until

pytestmark = pytest.mark.anyio


class Output:
    """LiveKit's output to a room, to which nobody ever subscribes: one publishing at a time, until somebody does."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self.published: list[str] = []
        self.waiting = 0

    async def _publish_track(self) -> None:
        async with self._lock:
            self.published.append(f"TR_{len(self.published)}")
            self.waiting += 1
            try:
                await anyio.sleep_forever()
            finally:
                self.waiting -= 1


class Ourselves:
    """The companion as a participant."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self.unpublished: list[str] = []

    @property
    def track_publications(self) -> dict[str, Any]:
        """What it has published last."""
        kind, source = rtc.TrackKind.KIND_AUDIO, rtc.TrackSource.SOURCE_MICROPHONE
        sid = ["TR_start", *self._output.published][-1]
        return {sid: SimpleNamespace(sid=sid, kind=kind, source=source)}

    async def unpublish_track(self, sid: str) -> None:
        """As LiveKit does."""
        self.unpublished.append(sid)


async def test_a_publication_that_is_taken_back_keeps_no_later_one_from_being_made() -> None:
    """LiveKit waits for its first listener for ever, and holds a lock meanwhile: nobody would hear us any more."""
    output = Output()
    ourselves = Ourselves(output)
    room = SimpleNamespace(local_participant=ourselves, remote_participants={})
    session = SimpleNamespace(room_io=SimpleNamespace(_audio_output=output))
    texts, _ = anyio.create_memory_object_stream[str](1)
    with texts, _:
        async with owned_tasks() as tasks:
            audience = Audience(cast("rtc.Room", room), cast("Any", session), texts, tasks)
            for number in (1, 2, 3):
                tasks.start_soon(audience._publish_anew)
                await until(lambda wanted=number: len(output.published) == wanted, limit=2.0)  # type: ignore[misc]
            await settled()
            assert (output.waiting, ourselves.unpublished) == (1, ["TR_start", "TR_0", "TR_1"])
            tasks.cancel_scope.cancel()
