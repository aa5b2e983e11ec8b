"""LiveKit's recogniser for OpenAI-compatible servers, its HTTP client cheaply made and closed at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial

import anyio
import httpx2
from livekit import rtc
from livekit.agents import NOT_GIVEN, APIConnectOptions, NotGivenOr, stt
from livekit.agents.utils import AudioBuffer, aio
from livekit.plugins import openai as plugin
from openai import AsyncClient

from mcp_voice.speech.nearby import is_nearby
from mcp_voice.speech.openai_http import openai_http
from mcp_voice.speech.openai_transcriptions import Transcriptions
from mcp_voice.speech.persistence import persistently
from mcp_voice.speech.provider_http import WORDS
from mcp_voice.speech.transcripts import as_read, prompt_for

__all__ = ["ClosingSTT", "http_client"]

log = logging.getLogger(__name__)

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 0.5
"""OpenAI's protocol takes nothing shorter than 0.1 s, and some servers cut the edges off."""
LONGEST_PROMPT = 600
"""Characters; whisper reads 224 tokens of a prompt, the last ones."""
SAMPLE_RATE = 16_000


def http_client(seconds: float) -> httpx2.AsyncClient:
    """A client that waits so long for each part of an answer.

    Without a limit of connections in use, as all microphones of a process may be read at once.
    """
    return openai_http(WORDS, seconds, most_connections=None)


class ClosingSTT(plugin.STT):
    """The plugin's 1.8.9 closes its websockets only: each microphone would leave a socket open for two minutes."""

    def __init__(
        self,
        *,
        model: str,
        language: str,
        base_url: str,
        api_key: str,
        seconds: float,
        http: httpx2.AsyncClient | None = None,
    ) -> None:
        """``seconds``: how long it may take for what was said, asked again meanwhile if need be.

        ``http`` is a client that several share, which is not closed here.
        """
        self._seconds = seconds
        self._own_http = http is None
        self._http = http = http or http_client(seconds)
        self._base_url = base_url
        self._warming: asyncio.Task[None] | None = None
        client = AsyncClient(max_retries=0, api_key=api_key, base_url=base_url, http_client=http)
        client.audio.transcriptions = Transcriptions(  # type: ignore[assignment, misc]  # quirk: dropped-scores
            client.audio.transcriptions, hinted=lambda: self.hinted
        )
        super().__init__(model=model, language=language, client=client)
        self.hinted: tuple[str, ...] = ()

    def hint(self, choices: Sequence[str]) -> None:
        """Name the choices in the prompt."""
        self.hinted = tuple(choices)
        self.update_options(prompt=prompt_for(choices))

    def listen_for(self, words: Sequence[str]) -> None:
        """Name words that may be said; a transcript that is nothing but their list is none, as with the choices."""
        self.hinted = tuple(words)
        self.update_options(prompt=", ".join(words)[:LONGEST_PROMPT])

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str | list[str]] = NOT_GIVEN,
        conn_options: APIConnectOptions,
    ) -> stt.SpeechEvent:
        """Ask the server, however slow it is."""
        ask = partial(super()._recognize_impl, buffer, language=language, conn_options=conn_options)
        return as_read(await persistently(ask, seconds=self._seconds))

    def prewarm(self) -> None:
        """Begin to ``warm``."""
        if self._warming is None:
            self._warming = asyncio.create_task(self.warm())

    async def warm(self) -> None:
        """Do beforehand what the first words would wait for; what fails then is told by them, and not here.

        A connection is opened by a request that needs no key and sends nothing. That loads no model, and nothing else
        would but a transcript, which costs money at a provider: so silence is sent only to a server nearby, which as a
        rule is the user's own, and of those many load their model at the first request (14 s were seen).
        """
        try:
            if is_nearby(self._base_url):
                with anyio.move_on_after(self._seconds):
                    samples = round(SILENCE_SECONDS * SAMPLE_RATE)
                    silence = rtc.AudioFrame.create(SAMPLE_RATE, 1, samples)
                    await super()._recognize_impl(silence, conn_options=APIConnectOptions(max_retry=0))
            else:
                with anyio.move_on_after(CONNECT_SECONDS):
                    await self._http.head(self._base_url)
        except Exception as error:  # noqa: BLE001  # whatever it is, the first words meet it again
            log.debug("warming the recogniser failed: %s", type(error).__name__)

    async def aclose(self) -> None:
        """Close websockets and connections."""
        if self._warming is not None:
            await aio.cancel_and_wait(self._warming)
        await super().aclose()
        if self._own_http:
            await self._client.close()  # quirk: unclosed-recogniser
