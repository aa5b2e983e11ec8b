"""A host hears of a call at least every 5 s, whatever it waits for: silence makes some of them give up."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from itertools import pairwise
from typing import Any

import anyio
import pytest

from testkit.host import Host
from testkit.rig import Rig

pytestmark = pytest.mark.anyio

CONTRACT_SECONDS = 5.0
WAIT_SECONDS = 9
QUESTION = "Which one?"
LONG_MESSAGE = "This goes on for a while. " * 8


class Watched:
    """A call and when it was heard of: at its begin, at each progress notification, at its end."""

    def __init__(self, tool: str, arguments: Mapping[str, Any]) -> None:
        self.tool = tool
        self.instants: list[float] = []
        self._arguments = dict(arguments)

    async def tell(self, progress: float, total: float | None, message: str | None) -> None:
        """Take a progress notification."""
        assert message
        self.instants.append(time.monotonic())

    async def run(self, host: Host) -> None:
        """Make the call."""
        self.instants.append(time.monotonic())
        result = await host.client.call_tool(
            self.tool,
            self._arguments,
            progress_callback=self.tell,
        )
        self.instants.append(time.monotonic())
        assert not result.is_error, result


async def test_every_call_that_takes_long_is_heard_of_again_and_again(host: Host, rig: Rig, room: str) -> None:
    """An ask that nobody answers, a wait for one, a listener, and a message of 11 s; each in a room of its own."""
    rooms = [f"{room}-{number}" for number in range(4)]
    async with AsyncExitStack() as stack:
        for name in rooms:
            await stack.enter_async_context(rig.person(name, "alice"))
        ask_id = (await host.ask(QUESTION, room_name=rooms[1], wait_seconds=0)).ask_id
        calls = [
            Watched("ask_in_room", {"question": QUESTION, "room_name": rooms[0], "wait_seconds": WAIT_SECONDS}),
            Watched("wait_for_reply", {"ask_id": ask_id, "wait_seconds": WAIT_SECONDS}),
            Watched("listen_in_room", {"room_name": rooms[2], "wait_seconds": WAIT_SECONDS}),
            Watched("say_in_room", {"message": LONG_MESSAGE, "room_name": rooms[3]}),
        ]
        async with anyio.create_task_group() as tasks:
            for call in calls:
                tasks.start_soon(call.run, host)
    for call in calls:
        assert call.instants[-1] - call.instants[0] > CONTRACT_SECONDS, call.tool
        assert max(later - earlier for earlier, later in pairwise(call.instants)) < CONTRACT_SECONDS, call.tool
