"""Whether the LiveKit server accepts our key, and if not, which part of it is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

import aiohttp
from livekit import api

from mcp_voice.doctor.problem import Problem
from mcp_voice.doctor.reach import validate_url
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice.errors import some_of
from mcp_voice.participants import is_human
from mcp_voice.redaction import without_secrets
from mcp_voice.room.access import Access, token
from mcp_voice.room.kinds import kind_of
from mcp_voice.texts.foreign import quoted

__all__ = ["KEY"]


async def key(visit: Visit) -> Found:
    """Have a token looked at as a participant would use it, then list the rooms through the server API."""
    await _validate(visit)
    try:
        async with api.LiveKitAPI(visit.url, visit.api_key, visit.api_secret) as server:
            listed = await server.room.list_rooms(api.ListRoomsRequest())
            doubts = await _encryption_doubts(visit, server, [room.name for room in listed.rooms])
    except api.ServerError as error:
        raise Problem("api-refused", answer=f"{quoted(str(error.code))}, HTTP {error.status}") from None
    except aiohttp.ClientError as error:
        raise _broken_off(visit, error) from None
    return Found(f"key {visit.api_key}, rooms now: {len(listed.rooms)}", doubts)


async def _encryption_doubts(visit: Visit, server: api.LiveKitAPI, names: Sequence[str]) -> list[Problem]:
    """The rooms in use that are end-to-end encrypted where we are not, or the other way round."""
    has_key = bool(visit.settings.e2ee_key.get_secret_value())
    odd = []
    for name in [each for each in names if visit.settings.may_enter(each)][:MOST_ROOMS]:
        answer = await server.room.list_participants(api.ListParticipantsRequest(room=name))
        tracks = [
            track
            for each in answer.participants
            if is_human(kind_of(each.kind, each.attributes))
            for track in each.tracks
        ]
        if tracks and has_key != any(track.encryption for track in tracks):
            odd.append(name)
    if not odd:
        return []
    return [Problem("room-not-encrypted" if has_key else "room-encrypted", rooms=some_of(odd))]


async def _validate(visit: Visit) -> None:
    """The server API answers any bad key with a bare 401; this address says what is wrong."""
    access = Access(visit.url, visit.api_key, visit.api_secret)
    jwt = token(access, room_name="mcp-voice-doctor", identity="mcp-voice-doctor", name="doctor")
    try:
        async with (
            aiohttp.ClientSession() as client,
            client.get(validate_url(visit.url), params={"access_token": jwt}, allow_redirects=False) as answer,
        ):
            status, text = answer.status, (await answer.text(errors="replace"))
    except aiohttp.ClientError as error:
        raise _broken_off(visit, error) from None
    if status == HTTPStatus.OK:
        return
    if "invalid API key" in text:
        raise Problem("unknown-key", key=visit.api_key)
    if "invalid token" in text:
        raise Problem("wrong-secret", key=visit.api_key)
    raise Problem("token-refused", answer=f"HTTP {status}, {quoted(without_secrets(text)) if text else 'no text'}")


def _broken_off(visit: Visit, error: aiohttp.ClientError) -> Problem:
    host, port = visit.place
    return Problem("broken-off", host=host, port=port, why=type(error).__name__)


MOST_ROOMS = 20
KEY = (Step("key", "LiveKit accepts the key", key, 8.0, ("http", "clock", "libraries"), late="silent-server"),)
