"""LiveKit's voice of OpenAI-compatible servers, which takes no sound that cannot be that of its text.

Whoever uses it (an ask, the companion, its fallback to another voice) is told by an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, cast

import httpx2
from livekit.agents import APIConnectionError, APIConnectOptions, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.plugins import openai as plugin
from livekit.plugins.openai.tts import ChunkedStream
from openai import AsyncClient

from mcp_voice.outside_faults.speech import A_TEXT, AUDIO_FORMAT, TOO_LONG, TOO_SHORT
from mcp_voice.speech.containers import (
    ENOUGH,
    SEND_KNOWN,
    UNREADABLE,
    WAV,
    Label,
    container,
    is_noise,
    is_playable_wav,
    labelled,
)
from mcp_voice.speech.openai_http import openai_http
from mcp_voice.speech.plausible import is_text, plausible
from mcp_voice.speech.provider_http import SOUND, Refused
from mcp_voice.texts.counting import counted

__all__ = ["BoundedTTS"]

# As the plugin sets them for the client that it would make itself.
MOST_CONNECTIONS = 50
SAMPLE_BYTES = 2
STEREO = 2
TEXTS = frozenset({"application/json", "application/problem+json", "text/html", "text/plain", "text/xml"})
BROKE_OFF = "the voice was cut off in the middle of the audio"


_content_type: ContextVar[str] = ContextVar("content_type", default="")
"""Of the answer that this task reads: the plugin keeps of it only what comes before the first semicolon."""


async def _note_content_type(response: httpx2.Response) -> None:
    _content_type.set(response.headers.get("content-type", ""))


class BoundedTTS(plugin.TTS):
    """The plugin's voice with limits."""

    def __init__(self, *, model: str, voice: str, base_url: str, api_key: str, seconds: float = 60.0) -> None:
        """``seconds``: how long the first sound may take."""
        # Raw samples: with mp3 the first sound waits for a decoder.
        http = openai_http(SOUND, seconds, most_connections=MOST_CONNECTIONS)
        self._ours = AsyncClient(max_retries=0, api_key=api_key, base_url=base_url, http_client=http)
        super().__init__(model=model, voice=voice, client=self._ours, response_format="pcm")
        http.event_hooks = {**http.event_hooks, "response": [*http.event_hooks["response"], _note_content_type]}

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        """Begin to speak."""
        return _BoundedStream(tts=self, input_text=text, conn_options=conn_options)

    async def aclose(self) -> None:
        """Close the connections, which the plugin does for a client of its own only."""
        await super().aclose()
        await self._ours.close()


class _BoundedStream(ChunkedStream):
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
    """Passes on what the plugin pushes, as long as it can be the sound of the text; raises Refused.

    The first bytes are kept back until it is known what they are.
    """

    def __init__(self, emitter: tts.AudioEmitter, text: str) -> None:
        self._emitter = emitter
        self._characters = counted(len(text), "character")
        self._bounds = plausible(text)
        self._label = Label("")
        self._begun: dict[str, Any] = {}
        self._first = b""
        self._told = False
        self._bytes_a_second = 0
        self._seconds = 0.0
        self.given = False
        """Whether there was any sound."""

    def initialize(self, **begun: Any) -> None:
        self._begun, self._label = begun, labelled(_content_type.get())

    def push(self, data: bytes) -> None:
        if self._told:
            self._pass_on(data)
            return
        self._first += data
        if len(self._first) >= ENOUGH:
            self._tell_apart()

    def flush(self) -> None:
        """What was kept back is all there is, if it was little."""
        self._tell_apart()
        self._emitter.flush()

    def finish(self) -> None:
        """There is no more; nothing at all is the caller's to tell."""
        if 0 < self._seconds < self._bounds.least:
            raise Refused(TOO_SHORT.filled(seconds=self._seconds, characters=self._characters))

    def _tell_apart(self) -> None:
        """Begin with what the sound is, whatever it is called."""
        if self._told:
            return
        self._told = True
        first, self._first = self._first, b""
        label = self._label.media_type or "nothing"
        if is_text(first) or label in TEXTS:
            raise Refused(A_TEXT)
        packed = container(first)
        if packed in UNREADABLE:
            raise Refused(AUDIO_FORMAT.filled(what=f"sent audio as {packed}", fix=SEND_KNOWN))
        if packed == WAV and not is_playable_wav(first):
            what, fix = "sent a WAV file with an unusable rate or channel count", "Have it send PCM of 16 bits, mono"
            raise Refused(AUDIO_FORMAT.filled(what=what, fix=fix))
        if not packed and is_noise(first):
            what = f"answered with audio in an unknown format, labelled {label}"
            raise Refused(AUDIO_FORMAT.filled(what=what, fix=SEND_KNOWN))
        if not packed and self._label.channels == STEREO:
            what, fix = "answered with PCM on two channels", "Have it send one, or a WAV file"
            raise Refused(AUDIO_FORMAT.filled(what=what, fix=fix))
        begun = {**self._begun, "mime_type": packed or "audio/pcm"}
        if not packed:
            begun["sample_rate"] = self._label.rate or begun["sample_rate"]
            # What is packed is measured by whoever unpacks it.
            self._bytes_a_second = begun["sample_rate"] * begun["num_channels"] * SAMPLE_BYTES
        self._emitter.initialize(**begun)
        self._pass_on(first)

    def _pass_on(self, data: bytes) -> None:
        if self._bytes_a_second:
            self._seconds += len(data) / self._bytes_a_second
            if self._seconds > self._bounds.most:
                raise Refused(TOO_LONG.filled(seconds=self._bounds.most, characters=self._characters))
        self.given = self.given or bool(data)
        if data:
            self._emitter.push(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._emitter, name)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
