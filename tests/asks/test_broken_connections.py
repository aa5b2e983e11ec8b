"""Somebody's connection breaks in the middle of an answer: their process is really killed, or stopped for a while."""

from __future__ import annotations

import signal
import time
from contextlib import AbstractAsyncContextManager

import pytest

from mcp_voice.room.access import token
from testkit.host import Host
from testkit.rig import LIMIT, Rig
from testkit.talker import Talker, talker
from testkit.waiting import until

pytestmark = pytest.mark.anyio

QUESTION = "What is it?"
ANSWER = "I want to change the color to green"
HALF_SECONDS = 1.3
"""So much of it is said before the connection breaks: "I want to change the"."""
AWAY_SECONDS = 3.0
SHOWN_SECONDS = 60.0
"""LiveKit's server shows somebody who was killed for 21 s."""


def alice(rig: Rig, room: str) -> AbstractAsyncContextManager[Talker]:
    """In the room, in a process of her own."""
    jwt = token(rig.access, room_name=room, identity="alice", name="Alice", kind="standard")
    return talker(rig.server.url, jwt, ANSWER)


async def passes(seconds: float) -> None:
    """So much time."""
    end = time.monotonic() + seconds
    await until(lambda: time.monotonic() > end, limit=LIMIT)


async def half_said(host: Host, room: str, person: Talker) -> str:
    """The id of an ask of whose answer half has been said."""
    ask_id = (await host.ask(QUESTION, room_name=room, wait_seconds=0)).ask_id
    await until(lambda: host_listens(host, ask_id), limit=LIMIT)
    await person.speak()
    await passes(HALF_SECONDS)
    return ask_id


async def host_listens(host: Host, ask_id: str) -> bool:
    """Whether the question has been spoken to its end."""
    return bool((await host.wait(ask_id, wait_seconds=0)).spoken)


async def test_whoever_is_killed_in_the_middle_of_an_answer_has_given_none(host: Host, rig: Rig, room: str) -> None:
    """The half of it is kept, and told as half."""
    async with alice(rig, room) as person:
        ask_id = await half_said(host, room, person)
        person.process.kill()
        answer = await host.wait(ask_id, wait_seconds=SHOWN_SECONDS)
    assert (answer.status, answer.reply) == ("left", None)
    assert "'alice' lost the connection mid-answer" in answer.next
    (half,) = answer.said_meanwhile
    assert half.text
    assert ANSWER.startswith(half.text)
    assert half.text != ANSWER


async def test_whoever_is_back_after_seconds_by_another_connection_goes_on(host: Host, rig: Rig, room: str) -> None:
    """Half an answer, and all of it after that, are one."""
    async with alice(rig, room) as person:
        ask_id = await half_said(host, room, person)
        person.process.kill()
        await passes(AWAY_SECONDS)
        async with alice(rig, room) as again:
            await again.speak()
            answer = await host.wait(ask_id)
    assert answer.status == "answered"
    assert answer.reply is not None
    assert answer.reply.endswith(ANSWER)


async def test_whose_network_fails_for_seconds_is_not_taken_at_their_half(host: Host, rig: Rig, room: str) -> None:
    """What they said into nothing is asked for again."""
    async with alice(rig, room) as person:
        ask_id = await half_said(host, room, person)
        person.process.send_signal(signal.SIGSTOP)
        await passes(AWAY_SECONDS)
        assert (await host.wait(ask_id, wait_seconds=0)).status == "pending"
        person.process.send_signal(signal.SIGCONT)
        answer = await host.wait(ask_id)
    assert answer.status == "answered"
    assert answer.reply is not None
    assert answer.reply.endswith("green")
