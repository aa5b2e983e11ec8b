"""What an OpenAI-compatible speech server of the user's own says about itself, once it has failed."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import aiohttp

from mcp_voice.doctor.problem import Problem
from mcp_voice.errors import some_of
from mcp_voice.settings import Settings
from mcp_voice.speech.offers import Choice

__all__ = ["problem_at", "server_problem"]

ANSWER_SECONDS = 3.0
CHUNK = 1 << 16
MOST_BYTES = 4_000_000
"""The longest list that a gateway to all providers sends has some hundred kB."""


async def server_problem(settings: Settings, choice: Choice) -> Problem | None:
    """Whether a speech server is down, refuses the key, or lacks the model; None where none of this is the matter."""
    own = settings.stt_base_url if choice.direction == "stt" else settings.tts_base_url
    url = own or settings.openai_base_url
    if choice.provider != "openai" or not url:
        return None
    setting = "MCP_VOICE_STT" if choice.direction == "stt" else "MCP_VOICE_TTS"
    return await problem_at(url, settings, choice, setting=setting)


async def problem_at(url: str, settings: Settings, choice: Choice, *, setting: str) -> Problem | None:
    """The same of any OpenAI-compatible server, at the base URL given; ``setting`` chooses its model."""
    try:
        status, body = await _get(f"{url.rstrip('/')}/models", settings.openai_api_key.get_secret_value())
    except aiohttp.ClientConnectorDNSError:
        return Problem("speech-unreachable", provider=url, setting=setting)
    except aiohttp.ClientConnectorError:
        return Problem("speech-server-down", url=url)
    except (aiohttp.ClientError, TimeoutError):
        return None
    if status == HTTPStatus.UNAUTHORIZED:
        return Problem("key-refused", provider=choice.label, key=choice.key_variable)
    return _lacking(_models(body), url=url, model=choice.model, setting=setting) if status == HTTPStatus.OK else None


async def _get(url: str, key: str) -> tuple[int, str]:
    limit = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    headers = {"Authorization": f"Bearer {key or 'not-needed'}"}
    async with aiohttp.ClientSession(timeout=limit, headers=headers) as client, client.get(url) as answer:
        return answer.status, (await _beginning(answer)).decode(errors="replace")


async def _beginning(answer: aiohttp.ClientResponse) -> bytes:
    """Its body, of which too much is cut off, and is no list of models then."""
    body = b""
    async for part in answer.content.iter_chunked(CHUNK):
        body += part
        if len(body) > MOST_BYTES:
            break
    return body[:MOST_BYTES]


def _lacking(models: list[str] | None, *, url: str, model: str, setting: str) -> Problem | None:
    if models is None or model in models:
        return None
    if not models:
        return Problem("no-models", url=url, setting=setting)
    return Problem("model-not-there", url=url, model=model, models=some_of(models), setting=setting)


def _models(body: str) -> list[str] | None:
    try:
        listed: Any = json.loads(body)
        return [str(each["id"]) for each in listed["data"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
