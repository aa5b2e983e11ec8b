"""Chat texts that do not get there: whoever sent one is told so."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import anyio
import pytest
from livekit import rtc

from mcp_voice.errors import LiveKitError, VoiceError
from mcp_voice.people.human import Human
from mcp_voice.results import Sent
from mcp_voice.room import chat_sending
from mcp_voice.room.chat_sending import ChatSending
from mcp_voice.room.joining import join_existing
from mcp_voice.room.ourselves import CHAT_PREFIX, Ourselves
from mcp_voice.room.server_api import ServerApi, server_api
from mcp_voice.tasks import owned_tasks
from testkit.rig import LIMIT, Rig
from testkit.waiting import until

pytestmark = pytest.mark.anyio

TEXT = "https://ci.example/1742"


async def send(rig: Rig, known: ServerApi, room: str, sending: ChatSending, text: str = TEXT) -> Sent:
    """Send one to everybody."""
    return await sending.send(known, rig.access, room, text, to=(), sender="Claude")


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
            await send(rig, known, room, ChatSending(Ourselves(), tasks))
    assert raised.value.code == code


async def test_whoever_sent_a_chat_text_stays_until_it_has_come_though_all_is_over(
    rig: Rig, room: str, alice: Human
) -> None:
    """LiveKit forwards nothing of a participant who has left: 7 % of the texts of those who left at once never came."""
    async with server_api(rig.access) as known:
        async with owned_tasks() as tasks:
            sending = ChatSending(Ourselves(), tasks)
            first = await send(rig, known, room, sending)
            sent_at = time.monotonic()
            # The sender of the first is still there, and nobody to send to.
            second = await send(rig, known, room, sending)
            tasks.cancel_scope.cancel()
        assert time.monotonic() - sent_at >= chat_sending.STAY_SECONDS
    assert (first.sent_to, second.sent_to) == (["alice"], ["alice"])
    assert [(await alice.chat.next(limit=LIMIT)).text for _ in range(2)] == [TEXT, TEXT]
    await until(lambda: not alice.connection.remote_participants, limit=LIMIT)


async def test_many_chat_texts_at_once_wait_their_turn_and_all_come(
    rig: Rig, room: str, alice: Human, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each needs a participant: 110 at once took all file descriptors of a process."""
    monkeypatch.setattr(chat_sending, "MOST_SENDERS", 2)
    monkeypatch.setattr(chat_sending, "WAIT_SECONDS", LIMIT)
    texts = {f"text {number}" for number in range(6)}
    joined, at_once = 0, list[int]()

    @asynccontextmanager
    async def counted(*arguments: Any, **named: Any) -> AsyncIterator[None]:
        nonlocal joined
        joined += 1
        at_once.append(joined)
        async with join_existing(*arguments, **named):
            yield
        joined -= 1

    monkeypatch.setattr(chat_sending, "join_existing", counted)
    async with server_api(rig.access) as known, owned_tasks() as owner:
        sending = ChatSending(Ourselves(), owner)
        async with anyio.create_task_group() as calls:
            for text in texts:
                calls.start_soon(send, rig, known, room, sending, text)
    await until(lambda: len(alice.chat.all) == len(texts), limit=LIMIT)
    assert {each.text for each in alice.chat.all} == texts
    assert max(at_once) == 2


async def test_a_chat_text_whose_turn_does_not_come_is_told_so_and_is_not_sent(
    rig: Rig, room: str, alice: Human, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what to do, and the one that took its place is sent."""
    monkeypatch.setattr(chat_sending, "MOST_SENDERS", 1)
    async with server_api(rig.access) as known, owned_tasks() as owner:
        sending = ChatSending(Ourselves(), owner)
        await send(rig, known, room, sending)
        monkeypatch.setattr(chat_sending, "WAIT_SECONDS", 0.0)
        with pytest.raises(VoiceError, match="Nothing was sent") as raised:
            await send(rig, known, room, sending, "late")
    assert raised.value.code == "too-many-texts"
    assert (await alice.chat.next(limit=LIMIT)).text == TEXT
    assert len(alice.chat.all) == 1


async def test_another_process_that_only_sends_a_chat_text_is_nobody_to_send_to(
    rig: Rig, room: str, alice: Human
) -> None:
    """Results named it for a second after each of its texts; a human of such a name is somebody."""
    sender, guest = f"{CHAT_PREFIX}1", f"{CHAT_PREFIX}guest"
    async with (
        rig.person(room, sender, kind="agent"),
        rig.person(room, guest),
        server_api(rig.access) as known,
        owned_tasks() as owner,
    ):
        by_chat = await send(rig, known, room, ChatSending(Ourselves(), owner))
        as_data = await known.send_data(room, TEXT, to=(), topic="", sender="Claude", ourselves=Ourselves())
    assert sorted(by_chat.sent_to) == sorted(as_data.sent_to) == [alice.identity, guest]
