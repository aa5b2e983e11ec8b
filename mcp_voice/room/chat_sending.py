"""Chat texts to a room: text streams need a participant, so we join for the moment that it takes."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
from livekit import rtc

from mcp_voice.outside_faults.livekit import API_FAULTS
from mcp_voice.results import Sent
from mcp_voice.room.access import Access, said_of, token
from mcp_voice.room.chat import CHAT_TOPIC
from mcp_voice.room.joining import join_existing
from mcp_voice.room.ourselves import Ourselves
from mcp_voice.room.server_api import ServerApi, check_size

__all__ = ["send_chat"]

SEND_SECONDS = 8.0


async def send_chat(
    known: ServerApi,
    access: Access,
    room_name: str,
    message: str,
    *,
    to: Sequence[str],
    sender: str,
    ourselves: Ourselves,
) -> Sent:
    """Send a chat text (``lk.chat``) of at most 15 KiB to these identities, or to all; BadInput when it is larger.

    Raises UnknownRoom where there is no such room, and LiveKitError where it does not get there in 8 s.
    """
    check_size(len(message.encode()))
    identities = ourselves.addressed(to) or ourselves.others(await known.identities(room_name))
    connection = rtc.Room()
    with ourselves.new("mcp-voice-chat-") as identity:
        jwt = token(access, room_name=room_name, identity=identity, name=sender)
        async with join_existing(known, access, connection, jwt, room_name=room_name):
            try:
                with anyio.fail_after(SEND_SECONDS):
                    await connection.local_participant.send_text(
                        message, topic=CHAT_TOPIC, destination_identities=identities if to else []
                    )
            except TimeoutError:
                raise said_of(access.url, API_FAULTS["late"].filled(seconds=SEND_SECONDS)) from None
            except rtc.StreamError as error:
                raise said_of(access.url, API_FAULTS["broken"].filled(why=type(error).__name__)) from None
    return Sent(sent_to=identities, room_name=room_name)
