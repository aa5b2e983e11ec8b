"""Whether the LiveKit server accepts our key, and if not, which part of it is wrong."""

from __future__ import annotations

from http import HTTPStatus

import aiohttp
from livekit import api

from mcp_voice.connection import Access, token
from mcp_voice.discretion import without_secrets
from mcp_voice.doctor.problem import Problem
from mcp_voice.doctor.reach import validate_url
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice.foreign import quoted

__all__ = ["KEY"]


async def key(visit: Visit) -> Found:
    """Have a token looked at as a participant would use it, then list the rooms through the server API."""
    await _validate(visit)
    try:
        async with api.LiveKitAPI(visit.url, visit.api_key, visit.api_secret) as server:
            listed = await server.room.list_rooms(api.ListRoomsRequest())
    except api.ServerError as error:
        raise Problem("api-refused", answer=f"{quoted(str(error.code))}, HTTP {error.status}") from None
    except aiohttp.ClientError as error:
        raise _broken_off(visit, error) from None
    return Found(f"key {visit.api_key}, rooms there now: {len(listed.rooms)}")


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


KEY = (Step("key", "LiveKit accepts the key", key, 8.0, ("http", "clock", "libraries"), late="silent-server"),)
