"""Speech providers, those of this machine included; each text comes after "TTS (openai/tts-1) failed: " or its like."""

from __future__ import annotations

from mcp_voice.outside_faults.fault import OutsideFault

__all__ = [
    "AUDIO_FORMAT",
    "A_TEXT",
    "ENGINE_STOPPED",
    "EXCEPTIONS",
    "NO_ANSWER",
    "NO_AUDIO",
    "OFFLINE_ENGINE",
    "OFFLINE_LANGUAGE",
    "OTHER_STATUS",
    "REDIRECTED",
    "SLOW_SOUND",
    "STATUS",
    "TOO_LARGE",
    "TOO_LONG",
    "TOO_SHORT",
    "TOO_SLOW",
    "UNKNOWN",
    "UNREACHABLE",
]

STATUS: dict[int, OutsideFault] = {
    401: OutsideFault("key-refused", "it rejected the key (401)", "Set {key} to a valid key"),
    403: OutsideFault(
        "key-not-enough", "the key lacks permission for this use (403)", "Check the permissions of the key in {key}"
    ),
    404: OutsideFault(
        "no-such-model", "it does not know the model or the path (404)", "Check {setting} and the base URL"
    ),
    429: OutsideFault(
        "quota",
        "it got too many requests, or the quota is used up (429)",
        "Wait, or use another provider in {setting}",
    ),
}
OTHER_STATUS = OutsideFault("speech-status", "it answered with status {status}", "Try again, or change {setting}")
NO_ANSWER = OutsideFault("speech-late", "it did not answer in time", "Try again, or use another provider in {setting}")
UNREACHABLE = OutsideFault(
    "speech-unreachable",
    "it cannot be reached",
    "Check the network and the base URL, or use another provider in {setting}",
)
BROKEN_OFF = OutsideFault(
    "speech-broken-off",
    "it closed the connection mid-answer",
    "Try again, or use another provider in {setting}",
)
UNREADABLE = OutsideFault(
    "speech-unreadable",
    "its answer is not what such a provider sends",
    "Check the base URL, and the model in {setting}",
)
NO_AUDIO = OutsideFault(
    "no-audio",
    "it sent no audio",
    "Check the voice in {setting}; some providers also send none to addresses they distrust",
)
UNKNOWN = OutsideFault("speech", "{why}", "Check {setting}, or try again")
ENGINE_STOPPED = OutsideFault("speech-broken-off", "{why}", "Try again: it is restarted")
OFFLINE_ENGINE = OutsideFault("offline-engine", "{why}", "{advice}")
OFFLINE_LANGUAGE = OutsideFault(
    "offline-language", "{why}", "Set MCP_VOICE_LANGUAGE to en, or {setting} to a provider that understands it"
)
EXCEPTIONS: dict[str, OutsideFault] = {
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

# What a provider sends is not what can be used: after "it " or "TTS ".

REDIRECTED = OutsideFault(
    "speech-redirect",
    "redirects to another address, {where}; no audio and no key are sent there",
    "If that is right, set the base URL to the target address",
)
TOO_LARGE = OutsideFault(
    "speech-too-large",
    "sent more than {size:g} MB, so the answer was cut off",
    "Check the base URL, or use another provider",
)
TOO_SLOW = OutsideFault(
    "speech-too-slow",
    "took more than {seconds:g} s for its answer, so it was cut off",
    "Check the server, or use another provider",
)
SLOW_SOUND = OutsideFault(
    "speech-too-slow",
    "sends audio too slowly: {seconds:.1f} s of it in {waited:.0f} s",
    "Check the server, or use another provider in MCP_VOICE_TTS",
)
TOO_SHORT = OutsideFault(
    "speech-implausible",
    "sent {seconds:.2f} s of audio for {characters}, which cannot be all of it",
    "Check the model and the voice in MCP_VOICE_TTS, or try again",
)
TOO_LONG = OutsideFault(
    "speech-implausible",
    "sent more than {seconds:.0f} s of audio for {characters}, which cannot be right",
    "Check the model and the voice in MCP_VOICE_TTS, or try again",
)
A_TEXT = OutsideFault(
    "speech-not-audio",
    "answered with text or a web page instead of audio",
    "Check the base URL, and the model and voice in MCP_VOICE_TTS",
)
AUDIO_FORMAT = OutsideFault("speech-audio-format", "{what}", "{fix}")
"""Sound in a form that is not played."""
