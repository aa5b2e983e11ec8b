"""Whether LiveKit lets a worker register with our key."""

from __future__ import annotations

import aiohttp
from livekit import api

from mcp_voice.doctor.problem import Problem
from mcp_voice.doctor.reach import validate_url
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice_agent.doctor.ours import ours

__all__ = ["WORKER"]

VALIDATE = "/rtc/validate"


async def worker(visit: Visit) -> Found:
    """Open a worker's connection and close it again, unregistered, so that no room is sent here."""
    grants = api.VideoGrants(agent=True)
    token = api.AccessToken(visit.api_key, visit.api_secret).with_grants(grants).to_jwt()
    url = validate_url(visit.url).removesuffix(VALIDATE) + "/agent"
    try:
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as client,
            client.ws_connect(url),
        ):
            pass
    except aiohttp.WSServerHandshakeError as error:
        raise Problem("worker-refused", status=error.status) from None
    except aiohttp.ClientError as error:
        raise Problem("worker-refused", status=type(error).__name__) from None
    name = ours(visit).agent_name
    return Found(f"sent to rooms that ask for {name!r}" if name else "sent to every new room (no MCP_VOICE_AGENT_NAME)")


WORKER = (Step("worker", "a worker may register", worker, 8.0, ("key",), late="silent-server"),)
