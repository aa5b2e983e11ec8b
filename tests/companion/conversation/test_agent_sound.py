"""How the human's sound reaches the recogniser."""

from __future__ import annotations

import pytest
from livekit.agents.utils import http_context

from mcp_voice.settings import load
from mcp_voice.speech.catalogue import choose, make_stt, preload
from mcp_voice_agent.conversation.human_audio import FRAME_MS, silent
from testkit.deepgram_server import deepgram_server

pytestmark = pytest.mark.anyio

FRAMES = 50


async def test_the_recogniser_gets_the_last_of_what_was_said_without_a_filter_in_between() -> None:
    """At another rate LiveKit's filter keeps back up to 38 ms, for which the end of every utterance waits."""
    seconds = FRAMES * FRAME_MS / 1000
    async with deepgram_server(lambda _: "") as server, http_context.open():
        settings = load(
            _env_file=None, deepgram_api_key="none", deepgram_base_url=server.base_url, stt="deepgram/nova-3"
        )
        choice = choose(settings, "stt")
        await preload(choice)
        ears = make_stt(settings, choice)
        async with ears.stream() as stream:
            for _ in range(FRAMES):
                stream.push_frame(silent(FRAME_MS / 1000))
            # Without the end of the input, which would empty a filter.
            await server.has_heard(seconds, limit=10.0)
        await ears.aclose()
    assert server.heard_seconds == pytest.approx(seconds)
