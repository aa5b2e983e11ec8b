"""The service that has a configuration for each room: asked, as a room would ask it, for one that there is not."""

from __future__ import annotations

import json
from http import HTTPStatus
from urllib.parse import urlsplit

from mcp_voice.doctor.problem import Problem
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice_agent.doctor.calling import Reaction, asked
from mcp_voice_agent.doctor.ours import ours

__all__ = ["ROOM_SERVICE"]

SETTING = "AGENT_CONFIG_URL"
NOBODY = "mcp-voice-doctor"
"""A room that there is not; a service that has a configuration for any room may answer with one."""
REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


async def room_service(visit: Visit) -> Found:
    """Ask for a configuration, with the token, and look at the answer."""
    settings = ours(visit)
    base = urlsplit(settings.agent_config_url)
    path = f"{base.path.rstrip('/')}/api/agent-configs/{NOBODY}"
    url = base._replace(path=path, query="", fragment="").geturl()
    token = settings.agent_config_token.get_secret_value()
    answer = await asked("GET", url, setting=SETTING, headers={"Authorization": f"Bearer {token}"} if token else {})
    if answer.status in REFUSED:
        raise Problem("config-refused", status=answer.status, token="is" if token else "is not")
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Problem("config-trouble", status=answer.status)
    if answer.status == HTTPStatus.NOT_FOUND:
        return Found(f"has none for the room {NOBODY!r} (404), as it should be")
    if answer.status != HTTPStatus.OK:
        raise Problem("config-odd", answer=f"HTTP {answer.status}")
    if not _is_object(answer):
        raise Problem("config-odd", answer="something other than a JSON object")
    return Found(f"answers with a configuration, also for the room {NOBODY!r}")


def _is_object(answer: Reaction) -> bool:
    try:
        return isinstance(json.loads(answer.body), dict)
    except (ValueError, RecursionError):
        return False


def _is_set(visit: Visit) -> bool:
    return bool(ours(visit).agent_config_url)


ROOM_SERVICE = (Step("room-service", "configuration of rooms", room_service, 8.0, ("libraries",), _is_set),)
