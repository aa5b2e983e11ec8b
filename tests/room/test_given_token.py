"""A token that LiveKit's server has made for a worker's job."""

from __future__ import annotations

import pytest

from mcp_voice.room.access import Access, GivenToken
from mcp_voice.room.engine import engine
from mcp_voice.settings import load

pytestmark = pytest.mark.anyio

ACCESS = Access("ws://127.0.0.1:7880", "key", "secret" * 8)


async def test_a_given_token_opens_its_own_room_once_and_no_other() -> None:
    """With that of another room we would speak there, and believe that we were here."""
    given = GivenToken(room_name="kitchen", identity="agent-job", jwt="of-the-job")
    settings = load(_env_file=None, stt="offline", tts="offline", turn_detector=False)
    async with engine(settings, given=given) as running:
        with running._token(ACCESS, "office", "Claude") as jwt:
            assert jwt != given.jwt
        with running._token(ACCESS, "kitchen", "Claude") as jwt:
            assert jwt == given.jwt
        with running._token(ACCESS, "kitchen", "Claude") as jwt:
            assert jwt != given.jwt
