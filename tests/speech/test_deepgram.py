"""Deepgram's plugin against a local server that streams words as Deepgram does."""

from __future__ import annotations

import pytest
from livekit.agents import stt
from livekit.agents.utils import http_context

from benchmarks.direct import frames, in_a_room
from mcp_voice.settings import load
from mcp_voice.speech.catalogue import choose, make_stt, preload
from mcp_voice.speech.providers.deepgram import TTS_OFFER
from testkit.clip_match import ClipMatch
from testkit.clips import clip
from testkit.deepgram_server import deepgram_server

pytestmark = pytest.mark.anyio


async def test_a_server_of_ones_own_is_asked_for_words_while_they_are_spoken() -> None:
    """``MCP_VOICE_DEEPGRAM_BASE_URL``: Deepgram's own in another region, or one that somebody hosts."""
    spoken = clip("yes please go ahead")
    async with deepgram_server(ClipMatch([spoken]).words) as server, http_context.open():
        settings = load(
            _env_file=None, deepgram_api_key="none", deepgram_base_url=f"{server.base_url}/", stt="deepgram/nova-3:en"
        )
        choice = choose(settings, "stt")
        await preload(choice)
        ears = make_stt(settings, choice)
        async with ears.stream() as stream:
            for frame in frames(in_a_room(spoken.pcm)):
                stream.push_frame(frame)
            stream.end_input()
            told = [event async for event in stream]
        await ears.aclose()
    (asked,) = server.asked
    assert (asked["model"], asked["language"], asked["interim_results"]) == ("nova-3", "en", "true")
    kinds = [event.type for event in told if event.type != stt.SpeechEventType.RECOGNITION_USAGE]
    assert kinds[0] == stt.SpeechEventType.START_OF_SPEECH
    assert kinds[-2:] == [stt.SpeechEventType.FINAL_TRANSCRIPT, stt.SpeechEventType.END_OF_SPEECH]
    finals = [event.alternatives[0].text for event in told if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT]
    assert finals == ["yes please go ahead"]


async def test_its_voice_is_asked_there_as_well() -> None:
    """Both directions go to one server."""
    settings = load(_env_file=None, deepgram_api_key="none", deepgram_base_url="http://127.0.0.1:9", tts="deepgram")
    async with http_context.open():
        choice = choose(settings, "tts")
        await preload(choice)
        voice = TTS_OFFER.make(settings, choice)
        assert voice._opts.base_url == "http://127.0.0.1:9/v1/speak"  # type: ignore[attr-defined]
        await voice.aclose()
