"""Chat texts to a room: text streams need a participant, so we join for the moment that it takes."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import anyio
from anyio.abc import TaskGroup, TaskStatus
from livekit import rtc

from mcp_voice.errors import VoiceError
from mcp_voice.link.packets import check_size
from mcp_voice.outside_faults.livekit import API_FAULTS
from mcp_voice.redaction import fault_place
from mcp_voice.results import Sent
from mcp_voice.room.access import Access, said_of, token
from mcp_voice.room.chat import CHAT_TOPIC
from mcp_voice.room.joining import join_existing
from mcp_voice.room.ourselves import CHAT_PREFIX, Ourselves
from mcp_voice.room.server_api import ServerApi

__all__ = ["ChatSending"]

log = logging.getLogger(__name__)

SEND_SECONDS = 8.0
STAY_SECONDS = 1.0
"""For so long the sender stays afterwards, while the call has returned. LiveKit forwards nothing of a participant who
has left: on a busy machine (load 4 to 11) 27 of 410 texts never came whose sender left at once, and none of 150 whose
sender stayed for 0.5 s or longer."""
MOST_SENDERS = 10
"""In rooms at once. Each takes 10 file descriptors and 3 MB: of 110 texts at once 67 failed where a process may have
1,024 descriptors, the usual limit."""
WAIT_SECONDS = 15.0
"""For which a text waits until there are fewer."""


class ChatSending:
    """Sends the chat texts of one process; while many are being sent, the next ones wait, in their order."""

    def __init__(self, ourselves: Ourselves, tasks: TaskGroup) -> None:
        """``tasks`` owns the moment for which we stay in the room; who closes it waits for that."""
        self._ourselves = ourselves
        self._tasks = tasks
        self._places = anyio.Semaphore(MOST_SENDERS)

    async def send(
        self, known: ServerApi, access: Access, room_name: str, message: str, *, to: Sequence[str], sender: str
    ) -> Sent:
        """Send a chat text (``lk.chat``) of at most 15 KiB to these identities, or to all; BadInput when it is larger.

        Raises UnknownRoom where there is no such room, LiveKitError where the text does not get there in 8 s, and
        VoiceError where so many others are being sent that its turn does not come in 15 s.
        """
        check_size(len(message.encode()))
        named = self._ourselves.addressed(to)
        text = partial(self._be_there, known, access, room_name, message, named, sender=sender)
        identities: list[str] = await self._tasks.start(text)
        return Sent(sent_to=identities, room_name=room_name)

    async def _be_there(
        self,
        known: ServerApi,
        access: Access,
        room_name: str,
        message: str,
        named: Sequence[str],
        *,
        sender: str,
        task_status: TaskStatus[Sequence[str]],
    ) -> None:
        """Join, send, and say to whom; then stay for a moment, whatever is cancelled."""
        connection, is_sent = rtc.Room(), False
        try:
            async with self._place():
                identities = named or self._ourselves.others(await known.identities(room_name))
                with self._ourselves.new(CHAT_PREFIX) as identity:
                    jwt = token(access, room_name=room_name, identity=identity, name=sender)
                    async with join_existing(known, access, connection, jwt, room_name=room_name):
                        await _send_text(message, access, named, connection)
                        is_sent = True
                        task_status.started(identities)
                        with anyio.CancelScope(shield=True):
                            await anyio.sleep(STAY_SECONDS)
        except Exception as error:
            if not is_sent:
                raise
            log.info("leaving a room after a chat text failed: %s", fault_place(error))

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """One of those that may be in rooms at once; raises VoiceError where none is free in time."""
        try:
            with anyio.fail_after(WAIT_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            raise VoiceError(
                f"Nothing was sent: the turn of this text did not come in {WAIT_SECONDS:.0f} s, with {MOST_SENDERS} "
                "chat texts being sent at once.",
                fix="Try again in a few seconds, with fewer texts at once.",
                code="too-many-texts",
            ) from None
        try:
            yield
        finally:
            self._places.release()


async def _send_text(message: str, access: Access, to: Sequence[str], connection: rtc.Room) -> None:
    """To these identities, or to all; raises LiveKitError."""
    try:
        with anyio.fail_after(SEND_SECONDS):
            await connection.local_participant.send_text(message, topic=CHAT_TOPIC, destination_identities=list(to))
    except TimeoutError:
        raise said_of(access.url, API_FAULTS["late"].filled(seconds=SEND_SECONDS)) from None
    except rtc.StreamError as error:
        raise said_of(access.url, API_FAULTS["broken"].filled(why=type(error).__name__)) from None
