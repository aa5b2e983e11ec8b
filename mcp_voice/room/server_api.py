"""Who is where, and messages to them: LiveKit's server API, without joining a room or loading the media library."""

from __future__ import annotations

import json
import math
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from errno import ECONNREFUSED
from http import HTTPStatus
from typing import TypeVar

import aiohttp
import anyio
from google.protobuf.message import DecodeError
from livekit import api

from mcp_voice.errors import LiveKitError
from mcp_voice.link.packets import check_size
from mcp_voice.link.unheard import cannot_be_heard
from mcp_voice.outside_faults.livekit import API_FAULTS, API_STATUS
from mcp_voice.participants import Participant
from mcp_voice.results import RoomInfo, Sent
from mcp_voice.room.access import Access, said_of
from mcp_voice.room.kinds import MICROPHONES, call_of, kind_of, may_publish
from mcp_voice.room.ourselves import CHAT_PREFIX, Ourselves
from mcp_voice.tasks import owned_tasks
from mcp_voice.texts.foreign import shown

__all__ = ["ServerApi", "server_api"]

CALL_SECONDS = 8.0
LONGEST_CODE = 40
T = TypeVar("T")


class ServerApi:
    """What the LiveKit server knows."""

    def __init__(self, server: api.LiveKitAPI, access: Access) -> None:
        self.livekit = server
        self._access = access

    async def rooms(self, only: str = "") -> list[RoomInfo]:
        """All rooms, or the one of that name, with their participants; hidden ones (recorders) are left out."""
        listed = await self._call(self.livekit.room.list_rooms(api.ListRoomsRequest(names=[only] if only else [])))
        found: dict[str, RoomInfo] = {}

        async def look(room_name: str) -> None:
            participants = await self.participants(room_name)
            active = any(each.is_there for each in participants)
            found[room_name] = RoomInfo(room_name=room_name, participants=participants, active=active)

        async with owned_tasks() as tasks:
            for room in listed.rooms:
                tasks.start_soon(look, room.name)
        return [found[name] for name in sorted(found)]

    async def participants(self, room_name: str) -> list[Participant]:
        """Everybody in one room; an unknown room is empty."""
        answer = await self._call(self.livekit.room.list_participants(api.ListParticipantsRequest(room=room_name)))
        return [_participant(each) for each in answer.participants if not each.permission.hidden]

    async def room_id(self, room_name: str) -> str:
        """LiveKit's id of a room, or nothing where there is no such room."""
        listed = await self._call(self.livekit.room.list_rooms(api.ListRoomsRequest(names=[room_name])))
        return listed.rooms[0].sid if listed.rooms else ""

    async def make_room(self, room_name: str, *, empty_seconds: float) -> None:
        """Make a room that may be empty for so long; one that exists stays as it is."""
        if not await self.room_id(room_name):
            request = api.CreateRoomRequest(name=room_name, empty_timeout=math.ceil(empty_seconds))
            await self._call(self.livekit.room.create_room(request))

    async def close_made(self, room_name: str, room_id: str) -> None:
        """Close a room that we have made by joining, if that is still it and nobody else has come in."""
        here = await self.participants(room_name)
        if len(here) <= 1 and await self.room_id(room_name) == room_id:
            await self._call(self.livekit.room.delete_room(api.DeleteRoomRequest(room=room_name)))

    async def send_data(
        self, room_name: str, message: str, *, to: Sequence[str], topic: str, sender: str, ourselves: Ourselves
    ) -> Sent:
        """Send a reliable data packet to these identities, or to all; BadInput when it takes more than 15 KiB.

        It reaches ``ourselves`` too where it goes to all, and nobody is told so.
        """
        packet = {"type": "mcp_message", "content": message, "sender": sender, "timestamp": time.time()}
        payload = json.dumps(packet, ensure_ascii=False).encode()
        check_size(len(payload) + len(topic.encode()))
        identities = ourselves.addressed(to) or ourselves.others(await self.identities(room_name))
        request = api.SendDataRequest(
            room=room_name,
            data=payload,
            kind=api.DataPacket.Kind.RELIABLE,
            topic=topic or None,
            destination_identities=identities if to else [],
        )
        await self._call(self.livekit.room.send_data(request))
        return Sent(sent_to=identities, room_name=room_name)

    async def identities(self, room_name: str) -> list[str]:
        """Those of everybody in a room, without agents that are there for a moment, to send a chat text."""
        found = await self.participants(room_name)
        return [each.identity for each in found if not _only_sends(each)]

    async def unless_gone(self, call: Awaitable[T]) -> T | None:
        """What a call of ``livekit`` gives; None where what it is about is no more. Raises LiveKitError."""

        async def called() -> T | None:
            try:
                return await call
            except api.ServerError as error:
                if error.code == api.ServerErrorCode.NOT_FOUND:
                    return None
                raise

        return await self._call(called())

    async def _call(self, call: Awaitable[T]) -> T:
        """LiveKitAPI itself waits for ever: it passes each request a time limit of none."""
        url = self._access.url
        try:
            with anyio.fail_after(CALL_SECONDS):
                return await call
        except TimeoutError:
            raise said_of(url, API_FAULTS["late"].filled(seconds=CALL_SECONDS)) from None
        except api.ServerError as error:
            raise _refused(url, error) from None
        except aiohttp.ClientConnectorDNSError:
            raise said_of(url, API_FAULTS["dns"]) from None
        except aiohttp.ClientConnectorError as error:
            refused = error.os_error.errno == ECONNREFUSED
            raise said_of(
                url, API_FAULTS["refused" if refused else "broken"].filled(why=type(error).__name__)
            ) from None
        except aiohttp.ClientError as error:
            raise said_of(url, API_FAULTS["broken"].filled(why=type(error).__name__)) from None
        except (DecodeError, AttributeError):
            # The page of another server or of a proxy, or an error that is no JSON object.
            raise said_of(url, API_FAULTS["unreadable"]) from None


def _participant(info: api.ParticipantInfo) -> Participant:
    kind = kind_of(info.kind, info.attributes)
    tracks = [
        (track.source == api.TrackSource.MICROPHONE, track.muted)
        for track in info.tracks
        if track.type == api.TrackType.AUDIO and int(track.source) in MICROPHONES
    ]
    may = may_publish(info.permission.can_publish, info.permission.can_publish_sources)
    return Participant(
        identity=info.identity,
        name=info.name or info.identity,
        kind=kind,
        call=call_of(kind, info.attributes),
        cannot_be_heard=cannot_be_heard(kind, tracks, may_publish=may),
    )


def _only_sends(participant: Participant) -> bool:
    return participant.kind == "agent" and participant.identity.startswith(CHAT_PREFIX)


def _refused(url: str, error: api.ServerError) -> LiveKitError:
    if error.status == HTTPStatus.UNAUTHORIZED:
        return said_of(url, API_STATUS["401"])
    if error.status == HTTPStatus.NOT_FOUND and error.code == "unknown":
        return said_of(url, API_STATUS["404"])
    code = shown(str(error.code), limit=LONGEST_CODE)
    return said_of(url, API_STATUS["other"].filled(code=code, status=error.status))


@asynccontextmanager
async def server_api(access: Access) -> AsyncIterator[ServerApi]:
    """A client of the server API, closed at the end."""
    async with api.LiveKitAPI(access.url, access.api_key, access.api_secret) as server:
        yield ServerApi(server, access)
