"""LiveKit's recogniser for OpenAI-compatible servers, its HTTP client cheaply made and closed at the end."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from functools import cache, partial

import httpx2
from livekit.agents import NOT_GIVEN, APIConnectOptions, NotGivenOr, stt
from livekit.agents.utils import AudioBuffer
from livekit.plugins import openai as plugin
from openai import AsyncClient

from mcp_voice.speech.openai_transcriptions import Transcriptions
from mcp_voice.speech.persistence import persistently
from mcp_voice.speech.provider_http import WORDS, guard, patient
from mcp_voice.speech.transcripts import prompt_for

__all__ = ["ClosingSTT"]

# As the plugin sets them for the client that it would make itself.
TIMEOUT = httpx2.Timeout(connect=15.0, read=5.0, write=5.0, pool=5.0)
LIMITS = httpx2.Limits(max_connections=50, max_keepalive_connections=50, keepalive_expiry=120)


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: it takes 20 ms of the event loop, and each microphone of each room has a recogniser."""
    return httpx2.create_ssl_context()


class ClosingSTT(plugin.STT):
    """The plugin's 1.8.9 closes its websockets only: each microphone would leave a socket open for two minutes."""

    def __init__(self, *, model: str, language: str, base_url: str, api_key: str, seconds: float) -> None:
        """``seconds``: how long it may take for what was said, asked again meanwhile if need be."""
        self._seconds = seconds
        http = httpx2.AsyncClient(verify=_certificates(), timeout=TIMEOUT, follow_redirects=True, limits=LIMITS)
        guard(http, WORDS)
        patient(http, seconds)
        client = AsyncClient(max_retries=0, api_key=api_key, base_url=base_url, http_client=http)
        client.audio.transcriptions = Transcriptions(  # type: ignore[assignment, misc]
            client.audio.transcriptions, hinted=lambda: self.hinted
        )
        super().__init__(model=model, language=language, client=client)
        self.hinted: tuple[str, ...] = ()

    def hint(self, choices: Sequence[str]) -> None:
        """Name the choices in the prompt."""
        self.hinted = tuple(choices)
        self.update_options(prompt=prompt_for(choices))

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str | list[str]] = NOT_GIVEN,
        conn_options: APIConnectOptions,
    ) -> stt.SpeechEvent:
        """Ask the server, however slow it is."""
        ask = partial(super()._recognize_impl, buffer, language=language, conn_options=conn_options)
        return await persistently(ask, seconds=self._seconds)

    async def aclose(self) -> None:
        """Close websockets and connections."""
        await super().aclose()
        await self._client.close()
