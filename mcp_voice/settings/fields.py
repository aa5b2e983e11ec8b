"""Settings, read once from the environment, and from the file that ``MCP_VOICE_ENV_FILE`` names.

LiveKit's and the providers' own variables keep their own names; all others start with ``MCP_VOICE_``. ``.env`` and
``.env.local`` of the working directory set only what is declared ``harmless`` here, and nothing at all for programs
that a host starts: whatever is run, imported, or decides where a secret or sound goes is not for a folder to choose.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, TypeVar, overload

from pydantic import Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from mcp_voice.errors import BadSettings
from mcp_voice.settings import env_file
from mcp_voice.settings.providers import ProviderSettings
from mcp_voice.settings.value_types import (
    EMPTY_SECRET,
    NO_ROOM,
    Address,
    AudienceName,
    FilePath,
    HttpUrl,
    IssuerUrl,
    LongSecret,
    PageUrl,
    Patterns,
    StoreUrl,
    harmless,
    listed,
    named,
)
from mcp_voice.texts.validation import in_words

__all__ = [
    "EMPTY_SECRET",
    "FOLDER",
    "FilePath",
    "HttpUrl",
    "Settings",
    "from_folder",
    "harmless_fields",
    "listed",
    "load",
    "matches",
    "named",
    "names",
    "variable",
]

CORRECT = "Correct the environment or .env and start again."
FOLDER = Path()
T = TypeVar("T", bound="Settings")


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
    page_host: Address = Field(
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


def variable(field: str, kind: type[Settings] | None = None) -> str:
    """The environment variable that sets the given field, of ``kind`` if it is not one that all programs have."""
    alias = (kind or Settings).model_fields[field].validation_alias
    return alias if isinstance(alias, str) else f"MCP_VOICE_{field.upper()}"


def names(field: str, kind: type[Settings] | None = None) -> tuple[str, ...]:
    """All variables that set it: one with a foreign name can be set under ours as well."""
    return variable(field, kind), f"MCP_VOICE_{field.upper()}"


def harmless_fields(kind: type[Settings]) -> Iterator[str]:
    """The fields that the working directory's ``.env`` may set; one that is new is not among them until declared so."""
    for field, info in kind.model_fields.items():
        if isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("harmless"):
            yield field


@overload
def load(*, folder: Path | str | None = FOLDER, **overrides: Any) -> Settings: ...
@overload
def load(kind: type[T], *, folder: Path | str | None = FOLDER, **overrides: Any) -> T: ...
def load(kind: type[Settings] = Settings, *, folder: Path | str | None = FOLDER, **overrides: Any) -> Settings:
    """Read the settings; raises BadSettings with one sentence that says of each bad variable what it may be.

    What stands there is told where it is a number; a text may be a secret in the wrong place.

    Without ``MCP_VOICE_ENV_FILE``, what is harmless is read from the ``.env`` files in ``folder``, if that is not None.
    ``_env_file`` is read in place of both (None: neither).
    """
    path: Any = None
    try:
        if "_env_file" in overrides:
            path, folder = overrides.pop("_env_file"), None
        else:
            path = env_file.named()
        faults = [*_unread_lines(kind, path, folder), *_empty_limit(path)]
        if not faults:
            given = {} if path or folder is None else _given(kind, Path(folder))
            return kind(_env_file=path, **given | overrides)
    except ValidationError as error:
        faults = [_fault(each, kind) for each in error.errors()]
    except (SettingsError, UnicodeDecodeError, OSError) as error:
        faults = [str(env_file.Unreadable(path or ".env", error))]
    except ValueError as error:
        faults = [str(error)]
    raise BadSettings(f"Settings cannot be used: {'; '.join(faults)}.", fix=CORRECT)


def from_folder(folder: Path = FOLDER) -> dict[str, str]:
    """What the ``.env`` files there set, by upper-case name; nothing where they cannot be read."""
    try:
        return env_file.folder_values(folder)
    except env_file.Unreadable:
        return {}


def _given(kind: type[Settings], folder: Path) -> dict[str, str]:
    """What is harmless of the folder's ``.env``, by field, where the environment does not say otherwise."""
    environment, lines = env_file.environment(), env_file.folder_values(folder)
    found = {field: lines.get(variable(field, kind), "") for field in harmless_fields(kind)}
    return {field: value for field, value in found.items() if value and not environment.get(variable(field, kind))}


def _unread_lines(kind: type[Settings], path: Path | None, folder: Path | str | None) -> list[str]:
    """What is wrong with the lines of the file that is read; nothing where none is."""
    if path is not None:
        return list(env_file.unread_lines(Path(path), {variable(field, kind) for field in kind.model_fields}))
    if folder is not None:
        read = {variable(field, kind) for field in harmless_fields(kind)}
        files = [Path(folder) / name for name in env_file.IN_FOLDER]
        return [fault for file in files for fault in env_file.unread_lines(file, read)]
    return []


def _empty_limit(path: Path | None) -> Iterator[str]:
    """Whether the limit to rooms is set to nothing: a variable of a template that was not filled in would open all."""
    name = variable("rooms")
    value = (env_file.values(Path(path)) if path is not None else {}) | env_file.environment()
    if value.get(name) == "":
        yield f"{name}: {NO_ROOM}"


def _fault(fault: ErrorDetails, kind: type[Settings]) -> str:
    location = str(fault["loc"][0]) if fault["loc"] else ""
    if (info := kind.model_fields.get(location)) is None:
        # A setting with a foreign name is told of by that name.
        info = next((each for each in kind.model_fields.values() if each.validation_alias == location), None)
    name = variable(location, kind) if location in kind.model_fields else location.upper()
    return f"{name}: {in_words(fault, bounds=info.metadata if info else ())}"
