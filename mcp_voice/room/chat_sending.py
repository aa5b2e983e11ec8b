"""Chat texts to a room: text streams need a participant, so we join for the moment that it takes."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import anyio
from anyio.abc import TaskGroup, TaskStatus
from livekit import rtc

from mcp_voice.outside_faults.livekit import API_FAULTS
from mcp_voice.redaction import fault_place
from mcp_voice.results import Sent
from mcp_voice.room.access import Access, said_of, token
from mcp_voice.room.chat import CHAT_TOPIC
from mcp_voice.room.joining import join_existing
from mcp_voice.room.ourselves import Ourselves
from mcp_voice.room.server_api import ServerApi, check_size

__all__ = ["send_chat"]

log = logging.getLogger(__name__)

SEND_SECONDS = 8.0
STAY_SECONDS = 1.0
"""For so long the sender stays afterwards, while the call has returned. LiveKit forwards nothing of a participant who
has left: on a busy machine (load 4 to 8) 20 of 290 texts never came whose sender left at once, and none of 150 whose
sender stayed for 0.5 s or longer."""


async def send_chat(
    known: ServerApi,
    access: Access,
    room_name: str,
    message: str,
    *,
    to: Sequence[str],
    sender: str,
    ourselves: Ourselves,
    tasks: TaskGroup,
) -> Sent:
    """Send a chat text (``lk.chat``) of at most 15 KiB to these identities, or to all; BadInput when it is larger.

    ``tasks`` owns the moment for which we stay in the room; who closes it waits for that. Raises UnknownRoom where
    there is no such room, and LiveKitError where the text does not get there in 8 s.
    """
    check_size(len(message.encode()))
    identities = ourselves.addressed(to) or ourselves.others(await known.identities(room_name))
    text = partial(_send_text, message, access, identities if to else [])
    await tasks.start(partial(_be_there, known, access, room_name, text, sender=sender, ourselves=ourselves))
    return Sent(sent_to=identities, room_name=room_name)


async def _be_there(
    known: ServerApi,
    access: Access,
    room_name: str,
    send: Callable[[rtc.Room], Awaitable[None]],
    *,
    sender: str,
    ourselves: Ourselves,
    task_status: TaskStatus[None],
) -> None:
    """Join, send, and say so; then stay for a moment, whatever is cancelled."""
    connection, is_sent = rtc.Room(), False
    try:
        with ourselves.new("mcp-voice-chat-") as identity:
            jwt = token(access, room_name=room_name, identity=identity, name=sender)
            async with join_existing(known, access, connection, jwt, room_name=room_name):
                await send(connection)
                is_sent = True
                task_status.started()
                with anyio.CancelScope(shield=True):
                    await anyio.sleep(STAY_SECONDS)
    except Exception as error:
        if not is_sent:
            raise
        log.info("leaving a room after a chat text failed: %s", fault_place(error))


async def _send_text(message: str, access: Access, to: Sequence[str], connection: rtc.Room) -> None:
    """To these identities, or to all; raises LiveKitError."""
    try:
        with anyio.fail_after(SEND_SECONDS):
            await connection.local_participant.send_text(message, topic=CHAT_TOPIC, destination_identities=list(to))
    except TimeoutError:
        raise said_of(access.url, API_FAULTS["late"].filled(seconds=SEND_SECONDS)) from None
    except rtc.StreamError as error:
        raise said_of(access.url, API_FAULTS["broken"].filled(why=type(error).__name__)) from None
