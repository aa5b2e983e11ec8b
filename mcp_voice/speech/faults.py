"""From a provider's exception to one sentence that names the part, the cause and the fix."""

from __future__ import annotations

import asyncio

from livekit.agents import APIConnectionError, APIError, APIStatusError, APITimeoutError

from mcp_voice.errors import SpeechError, STTError, TTSError

__all__ = ["stt_fault", "tts_fault"]

STATUS_FIXES: dict[int, str] = {
    401: "it refused the key (401). Set {key} to a valid key",
    403: "it refused the key for this use (403). Check what the key in {key} may do",
    404: "it does not know the model or the path (404). Check {setting} and the base URL",
    429: "it has had too many requests, or the quota is used up (429). Wait, or use another provider in {setting}",
}


def _cause(error: BaseException, *, key: str, setting: str) -> str:
    if isinstance(error, APIStatusError):
        known = STATUS_FIXES.get(error.status_code, "it answered with status {status}. Try again, or change {setting}")
        return known.format(key=key or setting, setting=setting, status=error.status_code)
    if isinstance(error, (APITimeoutError, TimeoutError, asyncio.TimeoutError)):
        return f"it did not answer in time. Try again, or use another provider in {setting}"
    if isinstance(error, APIConnectionError) and "connection error" in str(error).lower():
        return f"it cannot be reached. Check the network and the base URL, or use another provider in {setting}"
    if isinstance(error, APIError) and "no audio frames" in str(error):
        return (
            f"it sent no audio. Check the voice in {setting}; some providers also send none to addresses they distrust"
        )
    detail = str(getattr(error, "message", "") or error).splitlines()[0:1]
    return f"{type(error).__name__}: {detail[0][:160] if detail else 'no details'}. Check {setting}, or try again"


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
