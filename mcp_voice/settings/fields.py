"""All settings, with what each may be."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal

from pydantic import Field, SecretStr

from mcp_voice.settings.providers import ProviderSettings
from mcp_voice.settings.value_types import (
    EMPTY_SECRET,
    AudienceName,
    FilePath,
    HttpUrl,
    IssuerUrl,
    ListenAddress,
    LongSecret,
    PageUrl,
    Patterns,
    StoreUrl,
    harmless,
    listed,
)

__all__ = ["Settings", "matches"]


class Settings(ProviderSettings):
    """Everything that can be set, frozen; the field order is that of docs/settings.md."""

    name: str = harmless("", "Name shown in a room. Unset: the MCP host's name, or mcp-voice.", max_length=64)
    rooms: Patterns = Field("", description="Rooms that may be entered: glob patterns, comma-separated. Unset: all.")
    patience: float = harmless(
        1.0, "Multiplies the silence that ends a turn: below 1 is quicker, above 1 more patient.", ge=0.3, le=5
    )
    vad: Literal["livekit", "silero"] = Field(
        "livekit",
        description="Voice activity: livekit (built in), or silero (LiveKit's plugin, with mcp-voice[silero]).",
    )
    turn_detector: bool = harmless(True, "Use LiveKit's local end-of-turn model as a hint (takes 250 MB of memory).")
    wait_seconds: float | None = harmless(
        None,
        "Longest wait of one call for a reply. Unset: what the host allows (110 s in Claude Code, otherwise 45 s).",
        ge=0,
        le=3600,
    )
    ask_seconds: float = harmless(900, "How long an unanswered ask stays open.", ge=1, le=86_400)
    keep_seconds: float = harmless(
        3600, "How long a finished ask and its reply are kept, in memory or in the store.", ge=3600, le=86_400
    )
    quiet_seconds: float = harmless(120, "How long to stay in a room with nothing to do there.", ge=0, le=3600)
    most_rooms: int | None = Field(
        None,
        description="Most rooms to listen to at once. Unset: as many as this machine can handle, measured.",
        ge=1,
        le=10_000,
    )

    nobody: Literal["wait", "error"] | None = Field(
        None,
        description="When nobody is there: wait for somebody to join, or error. Unset: wait with the embedded server.",
    )
    room: str = Field("voice", description="Room for invitations that name none.", min_length=1, max_length=128)
    open_browser: Literal["auto", "never"] = harmless(
        "auto", "Whether the join page opens by itself on the user's own desktop: auto, or never."
    )
    page_port: int | None = Field(None, description="Port of the join page. Unset: a free one.", ge=1, le=65_535)
    page_url: PageUrl = Field("", description="Address at which others reach the join page, such as a proxy with TLS.")
    page_host: ListenAddress = Field(
        "",
        description="Address of this machine at which others on the network reach the join page. Unset: none.",
    )
    page_certificate: FilePath = Field(
        None,
        description="File with the certificate (PEM, with its chain) for MCP_VOICE_PAGE_HOST. Unset: HTTP.",
    )
    page_key: FilePath = Field(None, description="File with the private key (PEM) of that certificate.")
    page_token: LongSecret = Field(
        EMPTY_SECRET,
        description="Bearer token (16 characters or more) with which your own front end gets LiveKit tokens.",
    )
    captions: bool = harmless(True, "Send the room captions of what is heard, as lk.transcription.")

    http_tokens: SecretStr = Field(
        EMPTY_SECRET,
        description="Who may call over HTTP: name=token, comma-separated. Unset: anyone with the printed token.",
    )
    http_tokens_file: FilePath = Field(
        None,
        description="The same in a JSON file, with rooms and a rate for each; token hashes suffice.",
    )
    http_url: PageUrl = Field("", description="Address at which others reach MCP over HTTP, such as a proxy with TLS.")
    http_issuer: IssuerUrl = Field(
        "",
        description="OAuth authorization server whose access tokens for MCP_VOICE_HTTP_URL with /mcp are accepted.",
    )
    http_jwks_url: HttpUrl = Field(
        "", description="Address of that server's public keys (JWKS). Unset: the one in its metadata."
    )
    http_audience: AudienceName = Field(
        "",
        description="The aud of that server's tokens, such as an application's id in Entra. Unset: that address.",
    )
    http_metrics: str = Field(
        "",
        description="HOST:PORT for Prometheus metrics. Unset: /metrics beside MCP, on loopback only.",
    )
    http_hang_up_seconds: float = Field(
        30.0,
        description="How long a question stays open over HTTP after its call's connection has broken, in seconds.",
        ge=0,
        le=3600,
    )

    store: StoreUrl = Field(
        EMPTY_SECRET,
        description="Redis in which processes share asks and replies, as redis:// or rediss://. Unset: memory only.",
    )
    store_key: LongSecret = Field(
        EMPTY_SECRET,
        description="Key (16 characters or more) that encrypts asks and replies in the store. Unset: not encrypted.",
    )
    workers: bool = Field(
        False,  # a field's default
        description="Have `mcp-voice worker` processes carry out asks. Needs MCP_VOICE_STORE.",
    )

    livekit_server: FilePath = Field(None, description="Path of a livekit-server binary for the embedded server.")
    state_dir: FilePath = Field(
        None,
        description="Where the embedded server keeps key, lock and log. Unset: mcp-voice in the user's state folder.",
    )
    cache_dir: FilePath = Field(
        None,
        description="Where the built livekit-server and models are kept. Unset: mcp-voice in the user's cache folder.",
    )
    models_dir: FilePath = Field(None, description="Folder with models that you put there yourself.")
    fetch_models: Literal["auto", "never"] = Field(
        "auto", description="Whether a model is fetched when first needed: auto, or never."
    )
    models_mirror: HttpUrl = Field("", description="Server that has models as model/file, used instead of all others.")
    models_proxy: HttpUrl = Field("", description="HTTP proxy for fetching models. Unset: the system's.")
    env_file: FilePath = Field(
        None, description="File of such variables, as NAME=value. The environment takes precedence."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("WARNING", description="Log level, on stderr.")
    log_speech: bool = Field(False, description="Log what people say, at DEBUG. Off: it is never logged.")

    def may_enter(self, room_name: str) -> bool:
        """Whether the glob patterns of ``MCP_VOICE_ROOMS`` allow this room."""
        return matches(self.rooms, room_name)

    def limit_on(self, room_name: str) -> str:  # noqa: ARG002  # a subject's own depends on it
        """What does not allow a room that may not be entered."""
        return "MCP_VOICE_ROOMS"


def matches(patterns: str, room_name: str) -> bool:
    """Whether one of these comma-separated glob patterns is that room's, or there are none."""
    found = listed(patterns)
    return not found or any(fnmatchcase(room_name, pattern) for pattern in found)
