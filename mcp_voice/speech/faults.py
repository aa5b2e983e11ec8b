"""From a provider's exception to one error that names the part, the cause and the fix."""

from __future__ import annotations

import asyncio

from livekit.agents import APIConnectionError, APIError, APIStatusError, APITimeoutError

from mcp_voice.errors import SpeechError, STTError, TTSError, quoted
from mcp_voice.outside_faults import speech as faults
from mcp_voice.outside_faults.fault import OutsideFault
from mcp_voice.redaction import without_keys
from mcp_voice.speech.child import EngineStopped, EngineUnusable, LanguageUnknown
from mcp_voice.speech.provider_http import Refused

__all__ = ["stt_fault", "tts_fault"]

LONGEST_TOLD = 1_000
ENGINES: tuple[tuple[type[BaseException], OutsideFault], ...] = (
    (LanguageUnknown, faults.OFFLINE_LANGUAGE),
    (EngineUnusable, faults.OFFLINE_ENGINE),
    (EngineStopped, faults.ENGINE_STOPPED),
)
"""Those of this machine, what is more special first."""


def _row(error: BaseException) -> OutsideFault | None:
    """The row of the table for one exception of a chain, if it has one."""
    for kind, row in ENGINES:
        if isinstance(error, kind):
            return row
    if isinstance(error, APIStatusError):
        return faults.STATUS.get(error.status_code, faults.OTHER_STATUS)
    if isinstance(error, (APITimeoutError, TimeoutError, asyncio.TimeoutError)):
        return faults.NO_ANSWER
    if isinstance(error, APIError) and "no audio frames" in str(error):
        return faults.NO_AUDIO
    return faults.EXCEPTIONS.get(type(error).__name__)


def _cause(error: BaseException, *, key: str, setting: str) -> OutsideFault:
    """What LiveKit raises at last only counts the attempts; what went wrong in them is further down."""
    facts = {"key": key or setting, "setting": setting}
    deeper: BaseException | None = error
    while deeper is not None:
        if isinstance(deeper, Refused):
            return deeper.fault
        if (row := _row(deeper)) is not None:
            words = {name: getattr(deeper, name, "") for name in ("why", "advice")}
            return row.filled(**facts, **words, status=getattr(deeper, "status_code", ""))
        deeper = deeper.__cause__
    if isinstance(error, APIConnectionError):
        return faults.UNREACHABLE.filled(**facts)
    told = without_keys(str(getattr(error, "message", "") or error)[:LONGEST_TOLD]).strip()
    return faults.UNKNOWN.filled(**facts, why=f"{type(error).__name__}: {quoted(told) if told else 'no details'}")


def tts_fault(error: BaseException, *, provider: str, key: str) -> TTSError:
    """Text to speech failed."""
    if isinstance(error, TTSError):
        return error
    return _cause(error, key=key, setting="MCP_VOICE_TTS").error(TTSError, f"TTS ({provider}) failed: ")


def stt_fault(error: BaseException, *, provider: str, key: str) -> SpeechError:
    """Speech to text failed."""
    if isinstance(error, STTError):
        return error
    begin = f"STT ({provider}) failed, so what was said could not be transcribed: "
    return _cause(error, key=key, setting="MCP_VOICE_STT").error(STTError, begin)
