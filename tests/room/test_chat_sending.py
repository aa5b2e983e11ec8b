"""Chat texts that do not get there: whoever sent one is told so."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
from livekit import rtc

from mcp_voice.errors import LiveKitError
from mcp_voice.room import chat_sending
from mcp_voice.room.ourselves import Ourselves
from mcp_voice.room.server_api import server_api
from testkit.rig import Rig

pytestmark = pytest.mark.anyio


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
    async with server_api(rig.access) as known:
        with pytest.raises(LiveKitError) as raised:
            await chat_sending.send_chat(
                known, rig.access, room, "https://ci.example/1742", to=(), sender="Claude", ourselves=Ourselves()
            )
    assert raised.value.code == code
