"""A voice that breaks off in the middle of a text: asked again, or an error, and nothing is heard twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
import anyio.lowlevel
import pytest
from livekit.agents import APIConnectionError, APIConnectOptions, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

from mcp_voice.speech.openai_tts import BoundedTTS
from mcp_voice.speech.synthesis import synthesis
from testkit import faults
from testkit.openai_server import openai_server
from testkit.waiting import until


class _Breaking(tts.TTS[str]):
    """A voice that breaks off in the middle of a text, and gives the whole of it when it is asked again."""

    def __init__(self, before_breaking: Callable[[], Awaitable[None]]) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=24_000, num_channels=1)
        self.before_breaking = before_breaking
        self.asked = 0

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        """Begin."""
        return _BreakingSpeech(tts=self, input_text=text, conn_options=conn_options)


class _BreakingSpeech(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        engine = self._tts
        assert isinstance(engine, _Breaking)
        engine.asked += 1
        output_emitter.initialize(
            request_id=f"request-{engine.asked}", sample_rate=24_000, num_channels=1, mime_type="audio/pcm"
        )
        if engine.asked == 1:
            output_emitter.push(b"\1\0" * 24_000)
            await engine.before_breaking()
            raise APIConnectionError("the connection broke")
        output_emitter.push(b"\1\0" * 48_000)


@pytest.mark.anyio
async def test_a_voice_that_breaks_off_unheard_is_asked_again_and_heard_once() -> None:
    """LiveKit gives the part and then the whole; only the whole is the sentence."""
    voice = _Breaking(anyio.lowlevel.checkpoint)
    async with synthesis(voice, "The second one, as before.", provider="cartesia", key="") as speech:
        await until(lambda: speech.sounds[0].whole, limit=10)
        assert speech.error is None
        assert sum([frame.duration async for frame in speech.frames()]) == 2.0
    assert voice.asked == 2


@pytest.mark.anyio
async def test_a_voice_that_breaks_off_while_it_is_heard_is_an_error_and_not_heard_twice() -> None:
    """A second beginning in the middle of a sentence would be worse than to be told."""
    heard_some = anyio.Event()
    voice = _Breaking(heard_some.wait)
    seconds = 0.0
    async with synthesis(voice, "The second one, as before.", provider="cartesia", key="") as speech:
        async for frame in speech.frames():
            heard_some.set()
            seconds += frame.duration
    assert seconds <= 1.0
    assert "TTS was cut off in the middle of the text" in str(speech.error)


@pytest.mark.anyio
async def test_the_companions_voice_is_not_asked_again_once_it_has_given_sound() -> None:
    """LiveKit's adapter to sentences would play the part, and then the whole."""
    async with openai_server() as server:
        voice = BoundedTTS(model="tts-1", voice="alloy", base_url=server.base_url, api_key="none")
        with server.speech.failing(faults.dropped), pytest.raises(APIConnectionError, match="cut off in the middle"):
            async with voice.synthesize("The second one, as you have said before.") as speech:
                assert [chunk async for chunk in speech]
        assert len(server.speech.asked) == 1
        await voice.aclose()
