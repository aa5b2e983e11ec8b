"""LiveKit's voice of OpenAI-compatible servers, which takes no sound that cannot be that of its text.

Whoever uses it (an ask, the companion, its fallback to another voice) is told by an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from livekit.agents import APIConnectionError, APIConnectOptions, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.plugins import openai as plugin
from livekit.plugins.openai.tts import ChunkedStream

from mcp_voice.speech.plausible import A_TEXT, TOO_LONG, TOO_SHORT, is_text, plausible
from mcp_voice.speech.provider_http import SOUND, Refused, guard

__all__ = ["BoundedTTS"]

SAMPLE_BYTES = 2
BROKE_OFF = "the voice broke off in the middle of the sound"


class BoundedTTS(plugin.TTS):
    """The plugin's voice with limits."""

    def __init__(self, *, model: str, voice: str, base_url: str, api_key: str) -> None:
        # Raw samples: with mp3 the first sound waits for a decoder.
        super().__init__(model=model, voice=voice, base_url=base_url, api_key=api_key, response_format="pcm")
        guard(self._client._client, SOUND)  # noqa: SLF001  # the plugin's own, which it closes

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        """Begin to speak."""
        return _Speech(tts=self, input_text=text, conn_options=conn_options)


class _Speech(ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        measured = _Measured(output_emitter, self._input_text)
        try:
            await super()._run(cast("tts.AudioEmitter", measured))
            measured.finish()
        except Exception as error:
            refused = next((each for each in _causes(error) if isinstance(each, Refused)), None)
            if refused is None and not measured.given:
                raise
            if refused is None:
                # LiveKit would ask again, and the whole of it would come after the part that there is.
                raise APIConnectionError(BROKE_OFF, retryable=False) from error
            # A second attempt would be no better, and its sound would come on top of the first.
            raise APIConnectionError(str(refused), retryable=False) from refused


class _Measured:
    """Passes on what the plugin pushes, as long as it can be the sound of the text; raises Refused."""

    def __init__(self, emitter: tts.AudioEmitter, text: str) -> None:
        self._emitter = emitter
        self._characters = len(text)
        self._bounds = plausible(text)
        self._bytes_a_second = 0
        self._seconds = 0.0
        self.given = False
        """Whether there was any sound."""

    def initialize(self, *, sample_rate: int, num_channels: int, mime_type: str, **others: Any) -> None:
        # What is packed (a server may send mp3 all the same) is measured by whoever unpacks it.
        self._bytes_a_second = sample_rate * num_channels * SAMPLE_BYTES if mime_type.startswith("audio/pcm") else 0
        self._emitter.initialize(sample_rate=sample_rate, num_channels=num_channels, mime_type=mime_type, **others)

    def push(self, data: bytes) -> None:
        if not self.given and is_text(data):
            raise Refused(f"it {A_TEXT}")
        if self._bytes_a_second:
            self._seconds += len(data) / self._bytes_a_second
            if self._seconds > self._bounds.most:
                raise Refused(f"it {TOO_LONG.format(seconds=self._bounds.most, characters=self._characters)}")
        self.given = self.given or bool(data)
        self._emitter.push(data)

    def finish(self) -> None:
        """There is no more; nothing at all is the caller's to tell."""
        if 0 < self._seconds < self._bounds.least:
            raise Refused(f"it {TOO_SHORT.format(seconds=self._seconds, characters=self._characters)}")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._emitter, name)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
