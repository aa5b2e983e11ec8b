"""OpenAI's Realtime model, which hears and speaks by itself: whether it is to be had, and a model that can be left.

Imports the openai plugin, which takes about a second: import this module only where realtime is asked for.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import anyio
from livekit.agents import NOT_GIVEN, APIConnectOptions, llm, utils
from livekit.plugins.openai import realtime
from livekit.plugins.openai.realtime.realtime_model import DEFAULT_VOICE, process_base_url
from openai.types.realtime import AudioTranscription

from mcp_voice.redaction import without_login
from mcp_voice.speech.openai_api import NO_KEY, OPENAI_URL
from mcp_voice.speech.provider_http import Refused, guard_session, provider_http
from mcp_voice_agent.settings import AgentSettings

__all__ = ["Unavailable", "known_voice", "probe", "realtime_model"]

log = logging.getLogger(__name__)

PROBE_SECONDS = 3.0
CONNECT_SECONDS = 2.0
CLOSE_SECONDS = 2.0
HEARTBEAT_SECONDS = 20.0
"""A peer that does not answer a ping within half of this is gone."""
VOICES = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar")
"""The client's list (openai.types.realtime.realtime_audio_config_output); other servers have others."""
TRANSCRIBER = "gpt-4o-mini-transcribe"
"""Writes down what the human said; the plugin's default, which leaves the language open."""

WRONG_KEY = "does not accept OPENAI_API_KEY; check the key, and that its project may use realtime models"
NO_MODEL = "has no realtime model of that name; check MCP_VOICE_AGENT_REALTIME_MODEL and the address"
NO_CREDIT = "says that there were too many requests or no credit is left; check the account's plan and billing"

STATUS_REASONS = MappingProxyType({401: WRONG_KEY, 403: WRONG_KEY, 404: NO_MODEL, 429: NO_CREDIT})
CODE_REASONS = MappingProxyType(
    {
        "invalid_api_key": WRONG_KEY,
        "account_deactivated": WRONG_KEY,
        "invalid_model": NO_MODEL,
        "model_not_found": NO_MODEL,
        "insufficient_quota": NO_CREDIT,
        "billing_hard_limit_reached": NO_CREDIT,
    }
)
"""OpenAI accepts the connection and then tells in an error event; others refuse the handshake with an HTTP status."""


class Unavailable(Exception):
    """No realtime session can be had; the text says why and what to do, in one sentence without secrets."""


class _Session(realtime.RealtimeSession):
    """One that can be closed when it is broken: LiveKit hands over to another agent, and closes, only then."""

    def __init__(self, model: RealtimeModel, *, turn_detection_disabled: bool) -> None:
        super().__init__(model, turn_detection_disabled=turn_detection_disabled)
        self._main_atask.add_done_callback(self._on_end)  # quirk: realtime-broken-session
        self.on("generation_created", self._on_generation)

    def _on_generation(self, _: llm.GenerationCreatedEvent) -> None:
        # The plugin tells of a failure in an event; the future that fails as well would be logged as never looked at.
        failing: asyncio.Future[None] | None = getattr(self._current_generation, "_done_fut", None)
        if failing is not None:  # quirk: realtime-failed-answer
            failing.add_done_callback(asyncio.Future.exception)

    def _on_end(self, _: asyncio.Task[None]) -> None:
        # Nobody will answer any more: whoever waits would do so for 5 s.
        for waiting in self._chat_ctx_event_futures.values():  # quirk: realtime-broken-session
            if not waiting.done():
                waiting.set_exception(llm.RealtimeError("realtime session closed"))

    def generate_reply(self, **options: Any) -> asyncio.Future[llm.GenerationCreatedEvent]:
        """Ask for an answer; at once in vain, and not after 10 s, when the connection is broken."""
        asked = super().generate_reply(**options)
        if self._main_atask.done() and not asked.done():  # quirk: realtime-broken-session
            asked.set_exception(llm.RealtimeError("realtime session closed"))
        return asked

    async def update_chat_ctx(self, chat_ctx: llm.ChatContext) -> None:
        """Tell the model what was said; raises RealtimeError at once when the connection is broken."""
        if self._main_atask.done():
            raise llm.RealtimeError("realtime session closed")  # quirk: realtime-broken-session
        await super().update_chat_ctx(chat_ctx)

    async def aclose(self) -> None:
        """Close, within two seconds, whatever has gone wrong: OpenAI's server may take twenty."""
        with anyio.move_on_after(CLOSE_SECONDS), suppress(Exception):
            await super().aclose()


class RealtimeModel(realtime.RealtimeModel):
    """The plugin's model, whose sessions can be closed when they are broken."""

    def session(self, *, turn_detection_disabled: bool = False) -> realtime.RealtimeSession:
        """Open a session."""
        made = _Session(self, turn_detection_disabled=turn_detection_disabled)
        self._sessions.add(made)  # quirk: realtime-own-session
        return made


class _WatchedSocket(aiohttp.ClientWebSocketResponse):
    """A WebSocket that pings, since a network that is gone breaks no connection by itself."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "heartbeat": HEARTBEAT_SECONDS})


async def probe(base_url: str, api_key: str, model: str, *, limit: float = PROBE_SECONDS) -> None:
    """Open a session and close it again; raises Unavailable within ``limit`` seconds."""
    if not api_key and base_url == OPENAI_URL:
        raise Unavailable("OPENAI_API_KEY is not set; set it, or MCP_VOICE_REALTIME_BASE_URL to a local server.")
    url = process_base_url(base_url, model)
    where = urlsplit(without_login(url)).netloc
    first: aiohttp.WSMessage | None = None
    try:
        async with provider_http() as http:
            with anyio.move_on_after(limit):
                headers = {"Authorization": f"Bearer {api_key or NO_KEY}"}
                async with http.ws_connect(url, headers=headers) as websocket:
                    first = await websocket.receive()
    except aiohttp.WSServerHandshakeError as error:
        reason = STATUS_REASONS.get(error.status, f"answers with HTTP status {error.status}; is it a realtime server?")
        raise Unavailable(f"{where} {reason}.".replace("?.", "?")) from error
    except Refused as error:
        raise Unavailable(f"{where} cannot be used: {error}.") from error
    except (aiohttp.ClientError, OSError) as error:
        raise Unavailable(f"{where} cannot be reached ({type(error).__name__}); check network and address.") from error
    if first is None:
        raise Unavailable(f"{where} began no session within {limit:g} s; check network and address.")
    _check(where, first)


def _check(where: str, first: aiohttp.WSMessage) -> None:
    if first.type is not aiohttp.WSMsgType.TEXT:
        raise Unavailable(f"{where} closed the connection before a session began; try again later.")
    try:
        event = json.loads(first.data)
        kind, code = event.get("type"), str((event.get("error") or {}).get("code") or "no code")
    except (ValueError, AttributeError) as error:
        raise Unavailable(f"{where} does not speak the Realtime API; check the address.") from error
    if kind == "error":
        # Its message may repeat the key.
        shown = code if re.fullmatch(r"[\w ]{1,60}", code) else "unreadable code"
        raise Unavailable(f"{where} {CODE_REASONS.get(code, f'answers with an error ({shown})')}.")
    if kind != "session.created":
        raise Unavailable(f"{where} does not speak the Realtime API; check the address.")


def known_voice(base_url: str, voice: str) -> str:
    """The voice, or the default one where OpenAI would refuse the whole session's settings for it."""
    if base_url == OPENAI_URL and voice and voice not in VOICES:
        log.warning(
            "OpenAI has no realtime voice %r; %s is used. There are %s.", voice, DEFAULT_VOICE, ", ".join(VOICES)
        )
        return DEFAULT_VOICE
    return voice or DEFAULT_VOICE


@asynccontextmanager
async def realtime_model(
    settings: AgentSettings, *, voice: str = "", temperature: float | None = None
) -> AsyncIterator[RealtimeModel | None]:
    """Give the model that the settings name if it can be used now, else None, and log why.

    To be entered within a job, or within LiveKit's ``http_context.open()``. ``voice`` is one of OpenAI's realtime
    voices. ``temperature`` (0.6 to 1.2) goes to the plugin, which does not send it: OpenAI took it out of the Realtime
    API when that left beta.
    """
    base_url = settings.realtime_base_url or settings.openai_base_url or OPENAI_URL
    api_key = settings.openai_api_key.get_secret_value()
    model = settings.agent_realtime_model
    try:
        await probe(base_url, api_key, model)
    except Unavailable as reason:
        log.warning("no realtime model, so speech to text and a language model instead: %s", reason)
        yield None
        return
    # The job's own connections, but watched.
    connector = utils.http_context.http_session().connector
    async with aiohttp.ClientSession(
        connector=connector, connector_owner=False, trust_env=True, ws_response_class=_WatchedSocket
    ) as http:
        guard_session(http)
        log.info("realtime model %s at %s", model, without_login(base_url))
        yield RealtimeModel(
            model=model,
            voice=known_voice(base_url, voice),
            temperature=NOT_GIVEN if temperature is None else temperature,
            base_url=base_url,
            api_key=api_key or NO_KEY,
            http_session=http,
            input_audio_transcription=AudioTranscription(model=TRANSCRIBER, language=settings.language.split("-")[0]),
            # A second attempt would cost seconds of silence, and the answer that was under way is lost in any case.
            conn_options=APIConnectOptions(max_retry=0, timeout=CONNECT_SECONDS),
        )
