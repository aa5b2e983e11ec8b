"""From a provider's exception to one sentence that names the part, the cause and the fix."""

from __future__ import annotations

import asyncio
import re

from livekit.agents import APIConnectionError, APIError, APIStatusError, APITimeoutError

from mcp_voice.errors import SpeechError, STTError, TTSError, quoted
from mcp_voice.speech.provider_http import Refused

__all__ = ["stt_fault", "tts_fault"]

SECRET = re.compile(r"[\w-]{20,}")
"""Some repeat the key that they refuse."""
LONGEST_TOLD = 1_000

STATUS_FIXES: dict[int, str] = {
    401: "it refused the key (401). Set {key} to a valid key",
    403: "it refused the key for this use (403). Check what the key in {key} may do",
    404: "it does not know the model or the path (404). Check {setting} and the base URL",
    429: "it has had too many requests, or the quota is used up (429). Wait, or use another provider in {setting}",
}
OTHER_STATUS = "it answered with status {status}. Try again, or change {setting}"
NO_ANSWER = "it did not answer in time. Try again, or use another provider in {setting}"
UNREACHABLE = "it cannot be reached. Check the network and the base URL, or use another provider in {setting}"
BROKEN_OFF = "it broke the connection off within its answer. Try again, or use another provider in {setting}"
UNREADABLE = "its answer is not what such a provider sends. Check the base URL, and the model in {setting}"
CAUSES: dict[str, str] = {
    "ConnectError": UNREACHABLE,
    "ClientConnectorError": UNREACHABLE,
    "ClientConnectorDNSError": UNREACHABLE,
    "RemoteProtocolError": BROKEN_OFF,
    "ReadError": BROKEN_OFF,
    "ServerDisconnectedError": BROKEN_OFF,
    "ClientPayloadError": BROKEN_OFF,
    "JSONDecodeError": UNREADABLE,
    "UnicodeDecodeError": UNREADABLE,
    "AttributeError": UNREADABLE,
    "TypeError": UNREADABLE,
    "RecursionError": UNREADABLE,
    "TooManyRedirects": UNREADABLE,
    "KeyError": UNREADABLE,
    "ValidationError": UNREADABLE,
    "APIResponseValidationError": UNREADABLE,
}
"""What the clients under the plugins raise (httpx, aiohttp, json), by name: which of them is in use varies."""


def _known(error: BaseException) -> str:
    """The sentence for one exception of a chain, or nothing."""
    if isinstance(error, APIStatusError):
        return STATUS_FIXES.get(error.status_code, OTHER_STATUS)
    if isinstance(error, (APITimeoutError, TimeoutError, asyncio.TimeoutError)):
        return NO_ANSWER
    if isinstance(error, APIError) and "no audio frames" in str(error):
        return (
            "it sent no audio. Check the voice in {setting}; some providers also send none to addresses they distrust"
        )
    return CAUSES.get(type(error).__name__, "")


def _cause(error: BaseException, *, key: str, setting: str) -> str:
    """What LiveKit raises at last only counts the attempts; what went wrong in them is further down."""
    deeper: BaseException | None = error
    while deeper is not None:
        if isinstance(deeper, Refused):
            return str(deeper)
        if known := _known(deeper):
            return known.format(key=key or setting, setting=setting, status=getattr(deeper, "status_code", ""))
        deeper = deeper.__cause__
    if isinstance(error, APIConnectionError):
        return UNREACHABLE.format(setting=setting)
    told = SECRET.sub("…", str(getattr(error, "message", "") or error)[:LONGEST_TOLD]).strip()
    return f"{type(error).__name__}: {quoted(told) if told else 'no details'}. Check {setting}, or try again"


def tts_fault(error: BaseException, *, provider: str, key: str) -> TTSError:
    """Text to speech failed."""
    if isinstance(error, TTSError):
        return error
    return TTSError(f"TTS ({provider}) failed: {_cause(error, key=key, setting='MCP_VOICE_TTS')}.")


def stt_fault(error: BaseException, *, provider: str, key: str) -> SpeechError:
    """Speech to text failed."""
    if isinstance(error, STTError):
        return error
    return STTError(
        f"STT ({provider}) failed, so what was said could not be read: "
        f"{_cause(error, key=key, setting='MCP_VOICE_STT')}."
    )
