"""One table of what goes wrong outside of us: the code, what it is, what to do. At LiveKit, speech providers, webhooks.

Who meets a fault recognises it there (``room.connection``, ``room.server_api``, ``speech.faults``, the companion's
``webhooks.client``) and raises what stands here. The texts are without their last full stop, and may hold names in
braces, which ``filled`` fills.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from mcp_voice.errors import SHOWS_MORE, VoiceError

__all__ = [
    "API_FAULTS",
    "API_STATUS",
    "AUDIO_FORMAT",
    "A_TEXT",
    "ENGINE_STOPPED",
    "EXCEPTIONS",
    "JOINING",
    "JOIN_LATE",
    "JOIN_REFUSED",
    "NO_ANSWER",
    "NO_AUDIO",
    "OFFLINE_ENGINE",
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
    "WEBHOOK",
    "WEBHOOK_REFUSED",
    "OutsideFault",
]

E = TypeVar("E", bound=VoiceError)


@dataclass(frozen=True, slots=True)
class OutsideFault:
    """A row of the table."""

    code: str
    what: str
    fix: str

    def filled(self, **facts: object) -> OutsideFault:
        """The same with the names in braces filled."""
        return OutsideFault(self.code, self.what.format(**facts), self.fix.format(**facts))

    def error(self, kind: type[E], begin: str) -> E:
        """The error, whose text begins with ``begin``; for a row that is filled."""
        return kind(f"{begin}{self.what}.", fix=self.fix and f"{self.fix}.", code=self.code)


# LiveKit: after "LiveKit at {url} ".

CHECK = f"Check LIVEKIT_URL and that the server is up; {SHOWS_MORE}"
REFUSED = OutsideFault(
    "refused",
    "refuses the connection: nothing listens there",
    f"Start the server, or correct LIVEKIT_URL; {SHOWS_MORE}",
)
JOINING: tuple[tuple[str, OutsideFault], ...] = (
    (
        "invalid API key",
        OutsideFault(
            "unknown-key",
            "does not know the API key",
            f"Set LIVEKIT_API_KEY to a key of that server; {SHOWS_MORE}",
        ),
    ),
    (
        "invalid token",
        OutsideFault(
            "wrong-secret",
            "refuses our token (401)",
            f"Set LIVEKIT_API_SECRET to the secret of that key, or compare clocks; {SHOWS_MORE}",
        ),
    ),
    (
        "401",
        OutsideFault(
            "token-refused",
            "refuses us (401)",
            f"Check LIVEKIT_API_KEY and LIVEKIT_API_SECRET; {SHOWS_MORE}",
        ),
    ),
    (
        "403",
        OutsideFault("token-refused", "refuses us (403)", f"Check the permissions of LIVEKIT_API_KEY; {SHOWS_MORE}"),
    ),
    ("404", OutsideFault("not-livekit", "is not a LiveKit server (404)", f"Check LIVEKIT_URL; {SHOWS_MORE}")),
    ("refused", REFUSED),
    (
        "lookup",
        OutsideFault("dns", "cannot be found by name", f"Correct the host in LIVEKIT_URL, or check DNS; {SHOWS_MORE}"),
    ),
    (
        "InvalidContentType",
        OutsideFault(
            "tls-on-plain-port",
            "does not speak TLS there",
            f"Use ws:// instead of wss:// in LIVEKIT_URL; {SHOWS_MORE}",
        ),
    ),
    (
        "parse the url",
        OutsideFault(
            "bad-address",
            "is not a usable address",
            f"LIVEKIT_URL must look like wss://host or ws://host:7880; {SHOWS_MORE}",
        ),
    ),
    (
        "timed out",
        OutsideFault(
            "no-answer",
            "does not answer",
            f"Check LIVEKIT_URL, and that no firewall is in between; {SHOWS_MORE}",
        ),
    ),
)
"""What stands in the text of ``rtc.ConnectError``; the first that fits."""
JOIN_REFUSED = OutsideFault("join-refused", "refused us ({why})", f"Check LIVEKIT_URL; {SHOWS_MORE}")
JOIN_LATE = OutsideFault(
    "join-late",
    "did not let us in within {seconds:.0f} s",
    f"Check LIVEKIT_URL and that the server is up, then try again; {SHOWS_MORE}",
)
API_FAULTS: dict[str, OutsideFault] = {
    "late": OutsideFault("no-answer", "did not answer within {seconds:.0f} s", CHECK),
    "dns": OutsideFault("dns", "cannot be found by name", f"Correct the host. {CHECK}"),
    "refused": REFUSED,
    "broken": OutsideFault("unreachable", "cannot be reached ({why})", CHECK),
    "unreadable": OutsideFault("not-livekit", "gave an answer that cannot be read", CHECK),
}
"""The server API, which is plain HTTP."""
API_STATUS: dict[str, OutsideFault] = {
    "401": OutsideFault(
        "token-refused",
        "refuses our key (401)",
        "Set LIVEKIT_API_KEY and LIVEKIT_API_SECRET to a pair of that server; if they are right, compare the clocks of "
        f"both machines. {SHOWS_MORE}",
    ),
    "404": OutsideFault("not-livekit", "is not a LiveKit server (404)", CHECK),
    "other": OutsideFault("api-refused", "answered {code} ({status})", CHECK),
}

# Speech providers: after "TTS (openai/tts-1) failed: " or its like.

STATUS: dict[int, OutsideFault] = {
    401: OutsideFault("key-refused", "it refused the key (401)", "Set {key} to a valid key"),
    403: OutsideFault(
        "key-not-enough", "it refused the key for this use (403)", "Check the permissions of the key in {key}"
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
    "it closed the connection in the middle of its answer",
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
ENGINE_STOPPED = OutsideFault("speech-broken-off", "{why}", "Try again: it is started anew")
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
    "redirects to another address, {where}, where no voice and no key are sent",
    "If that is right, set the base URL to the address that it leads to",
)
TOO_LARGE = OutsideFault(
    "speech-too-large",
    "sent more than {size:g} MB, so the answer was cut off",
    "Check the base URL, or use another provider",
)
TOO_SLOW = OutsideFault(
    "speech-too-slow",
    "took more than {seconds:g} s for its answer, which was cut off",
    "Check the server, or use another provider",
)
SLOW_SOUND = OutsideFault(
    "speech-too-slow",
    "sends its sound too slowly: {seconds:.1f} s of it in {waited:.0f} s",
    "Check the server, or use another provider in MCP_VOICE_TTS",
)
TOO_SHORT = OutsideFault(
    "speech-implausible",
    "sent {seconds:.2f} s of sound for {characters}, which cannot be all of it",
    "Check the model and the voice in MCP_VOICE_TTS, or try again",
)
TOO_LONG = OutsideFault(
    "speech-implausible",
    "sent more than {seconds:.0f} s of sound for {characters}, which cannot be it",
    "Check the model and the voice in MCP_VOICE_TTS, or try again",
)
A_TEXT = OutsideFault(
    "speech-not-audio",
    "answered with a text or a web page instead of sound",
    "Check the base URL, and the model and voice in MCP_VOICE_TTS",
)
AUDIO_FORMAT = OutsideFault("speech-audio-format", "{what}", "{fix}")
"""Sound in a form that is not played."""

# The companion's webhooks: after "the service behind it ", as a language model may say it. What to do is for the log.

WEBHOOK: dict[str, OutsideFault] = {
    "unreachable": OutsideFault("webhook-unreachable", "cannot be reached", "{why}: does it run, at this address?"),
    "late": OutsideFault("webhook-late", "did not answer within {seconds:g} s", ""),
    "broken": OutsideFault("webhook-broken-off", "broke the connection off", "{why}"),
    "large": OutsideFault(
        "webhook-too-large",
        "answered with more than can be read",
        "over {most} bytes: let it answer with less, or raise MCP_VOICE_WEBHOOK_BYTES",
    ),
    "redirect": OutsideFault(
        "webhook-redirect",
        "answered with a redirect",
        "HTTP {status}: redirects are not followed, because the secret would go along: set the address that it leads "
        "to",
    ),
    "refused": OutsideFault("webhook-refused", "refused the call with HTTP {status}", "{advice}"),
    "failed": OutsideFault("webhook-failed", "failed with HTTP {status}", "see its own log"),
    "unreadable": OutsideFault(
        "webhook-unreadable", "answered with something that is not JSON", "is it a webhook at all?"
    ),
    "says": OutsideFault("webhook-failed", "answered that it failed", "see its own log"),
}
SECRET = "is MCP_VOICE_WEBHOOK_SECRET the value that the webhook expects, in the header MCP_VOICE_WEBHOOK_HEADER?"  # noqa: S105
WEBHOOK_REFUSED: dict[int, str] = {
    401: SECRET,
    403: SECRET,
    404: "is the workflow active, and is this the path and the method of its webhook?",
    405: "does the webhook expect another method?",
}
"""What to do by status."""
