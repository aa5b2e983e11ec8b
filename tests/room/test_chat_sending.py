"""Chat texts that do not get there: whoever sent one is told so."""

from __future__ import annotations

import time
from typing import Any, NoReturn

import pytest
from anyio.abc import TaskGroup
from livekit import rtc

from mcp_voice.errors import LiveKitError
from mcp_voice.people.human import Human
from mcp_voice.results import Sent
from mcp_voice.room import chat_sending
from mcp_voice.room.ourselves import Ourselves
from mcp_voice.room.server_api import ServerApi, server_api
from mcp_voice.tasks import owned_tasks
from testkit.rig import LIMIT, Rig
from testkit.waiting import until

pytestmark = pytest.mark.anyio

TEXT = "https://ci.example/1742"


async def send(rig: Rig, known: ServerApi, room: str, tasks: TaskGroup, ourselves: Ourselves | None = None) -> Sent:
    """Send one to everybody."""
    ours = ourselves or Ourselves()
    return await chat_sending.send_chat(
        known, rig.access, room, TEXT, to=(), sender="Claude", ourselves=ours, tasks=tasks
    )


async def breaks_off(*_: Any, **__: Any) -> NoReturn:
    """What LiveKit's library raises of a stream."""
    raise rtc.StreamError("the room was left")


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("code", ["no-answer", "unreachable"])
async def test_a_chat_text_that_does_not_get_there_is_an_error_of_livekit_that_says_so(
    rig: Rig, room: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was one of Python's: a host showed nothing of it, and a command a traceback."""
    if code == "no-answer":
        monkeypatch.setattr(chat_sending, "SEND_SECONDS", 0.0)
    else:
        monkeypatch.setattr(rtc.LocalParticipant, "send_text", breaks_off)
    async with server_api(rig.access) as known, owned_tasks() as tasks:
        with pytest.raises(LiveKitError) as raised:
            await send(rig, known, room, tasks)
    assert raised.value.code == code


async def test_whoever_sent_a_chat_text_stays_until_it_has_come_though_all_is_over(
    rig: Rig, room: str, alice: Human
) -> None:
    """LiveKit forwards nothing of a participant who has left: 7 % of the texts of those who left at once never came."""
    ourselves = Ourselves()
    async with server_api(rig.access) as known:
        async with owned_tasks() as tasks:
            first = await send(rig, known, room, tasks, ourselves)
            sent_at = time.monotonic()
            # The sender of the first is still there, and nobody to send to.
            second = await send(rig, known, room, tasks, ourselves)
            tasks.cancel_scope.cancel()
        assert time.monotonic() - sent_at >= chat_sending.STAY_SECONDS
    assert (first.sent_to, second.sent_to) == (["alice"], ["alice"])
    assert [(await alice.chat.next(limit=LIMIT)).text for _ in range(2)] == [TEXT, TEXT]
    await until(lambda: not alice.connection.remote_participants, limit=LIMIT)
