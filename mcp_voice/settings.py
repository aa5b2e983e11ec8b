"""Settings, read once from the environment and ``.env``.

LiveKit's and the providers' own variables keep their own names; all others start with ``MCP_VOICE_``.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, overload
from urllib.parse import urlsplit

from dotenv.parser import parse_stream
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from mcp_voice.errors import BadSettings

__all__ = ["EMPTY_SECRET", "HttpUrl", "Settings", "listed", "load", "named", "variable"]

LIVEKIT_SCHEMES = ("ws", "wss", "http", "https")


def _url(value: str, schemes: tuple[str, ...]) -> str:
    if value and (urlsplit(value).scheme not in schemes or not urlsplit(value).hostname):
        raise ValueError(f"must look like {schemes[0]}://host:port, with one of the schemes {', '.join(schemes)}")
    return value.strip()


def _livekit_url(value: str) -> str:
    return _url(value, LIVEKIT_SCHEMES)


def _http_url(value: str) -> str:
    return _url(value, ("https", "http"))


LiveKitUrl = Annotated[str, AfterValidator(_livekit_url)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
EMPTY_SECRET = SecretStr("")
T = TypeVar("T", bound="Settings")


def named(variable: str, description: str, default: Any = "", **constraints: Any) -> Any:
    """A setting that keeps the variable name it has elsewhere."""
    return Field(default, validation_alias=variable, description=description, **constraints)


class Settings(BaseSettings):
    """Everything that can be set, frozen; the field order is the order of the README's table."""

    model_config = SettingsConfigDict(
        env_prefix="MCP_VOICE_",
        env_file=".env",
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        populate_by_name=True,
    )

    livekit_url: LiveKitUrl = named(
        "LIVEKIT_URL", "LiveKit server, as ws:// or wss://. Unset: an embedded server on this machine."
    )
    livekit_api_key: str = named("LIVEKIT_API_KEY", "API key of that server.")
    livekit_api_secret: SecretStr = named("LIVEKIT_API_SECRET", "API secret of that server.", EMPTY_SECRET)

    stt: str = Field(
        "", description="Speech to text, as provider/model:language or offline. Unset: the best with a key."
    )
    tts: str = Field("", description="Text to speech, as provider/model:voice or offline. Unset: the best with a key.")
    openai_api_key: SecretStr = named("OPENAI_API_KEY", "Key for the openai provider.", EMPTY_SECRET)
    openai_base_url: HttpUrl = named("OPENAI_BASE_URL", "Any OpenAI-compatible server, for both directions.")
    stt_base_url: HttpUrl = Field("", description="OpenAI-compatible server for speech to text only.")
    tts_base_url: HttpUrl = Field("", description="OpenAI-compatible server for text to speech only.")
    deepgram_api_key: SecretStr = named("DEEPGRAM_API_KEY", "Key for the deepgram provider.", EMPTY_SECRET)
    cartesia_api_key: SecretStr = named("CARTESIA_API_KEY", "Key for the cartesia provider.", EMPTY_SECRET)
    language: str = Field("en", description="Language spoken in the rooms, as a BCP 47 tag.")

    name: str = Field(
        "", max_length=64, description="Our visible name in a room. Unset: the name of the MCP host, else mcp-voice."
    )
    rooms: str = Field("", description="Rooms that may be entered: glob patterns, comma-separated. Unset: all.")
    patience: float = Field(
        1.0, ge=0.3, le=5, description="Factor on the silence that ends a turn: below 1 quicker, above 1 more patient."
    )
    turn_detector: bool = Field(
        True, description="Use LiveKit's local end-of-turn model as a hint (takes 250 MB of memory)."
    )
    wait_seconds: float | None = Field(
        None, ge=0, le=3600, description="How long one call waits for a reply at most. Unset: what the host bears."
    )
    ask_seconds: float = Field(900, ge=1, le=86_400, description="How long an unanswered ask stays open.")
    keep_seconds: float = Field(
        3600, ge=3600, le=86_400, description="How long a finished ask and its reply are kept (in memory)."
    )
    quiet_seconds: float = Field(120, ge=0, le=3600, description="How long we stay in a room with nothing to do there.")

    livekit_server: Path | None = Field(None, description="Path of a livekit-server binary for the embedded server.")
    state_dir: Path | None = Field(None, description="Where the embedded server keeps key, lock and log.")
    cache_dir: Path | None = Field(None, description="Where the built livekit-server is kept.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("WARNING", description="Log level, on stderr.")
    log_speech: bool = Field(False, description="Log what people say, at DEBUG. Off: it never reaches a log.")

    def may_enter(self, room_name: str) -> bool:
        """Whether the glob patterns of ``MCP_VOICE_ROOMS`` allow this room."""
        patterns = listed(self.rooms)
        return not patterns or any(fnmatchcase(room_name, pattern) for pattern in patterns)


def listed(value: str) -> list[str]:
    """The entries of a setting that holds several, with commas between them."""
    return [entry.strip() for entry in value.split(",") if entry.strip()]


def variable(field: str, kind: type[Settings] | None = None) -> str:
    """The environment variable that sets the given field, of ``kind`` if it is not one that all programs have."""
    alias = (kind or Settings).model_fields[field].validation_alias
    return alias if isinstance(alias, str) else f"MCP_VOICE_{field.upper()}"


@overload
def load(**overrides: Any) -> Settings: ...
@overload
def load(kind: type[T], **overrides: Any) -> T: ...
def load(kind: type[Settings] = Settings, **overrides: Any) -> Settings:
    """Read the settings; raises BadSettings with one sentence that names each bad variable, never its value."""
    env_file = overrides.get("_env_file", Settings.model_config["env_file"])
    try:
        faults = _unread_lines(Path(env_file), kind) if isinstance(env_file, str | Path) else []
        if not faults:
            return kind(**overrides)
    except ValidationError as error:
        faults = [_fault(str(item["loc"][0]) if item["loc"] else "", item["msg"], kind) for item in error.errors()]
    except (SettingsError, UnicodeDecodeError, OSError) as error:
        faults = [f".env cannot be read ({type(error).__name__}): it must be UTF-8 lines of the form NAME=value"]
    raise BadSettings(f"Settings cannot be used: {'; '.join(faults)}. Correct the environment or .env and start again.")


def _unread_lines(env_file: Path, kind: type[Settings]) -> list[str]:
    """The lines of ``.env`` that set something of ours but have no value that can be read.

    python-dotenv passes over them. Other lines are none of our business: the file may be another program's.
    """
    if not env_file.is_file():
        return []
    with env_file.open(encoding="utf-8") as lines:
        unread = [each for each in parse_stream(lines) if each.error or (each.key and each.value is None)]
    names = {variable(field, kind) for field in kind.model_fields}
    faults = []
    for each in unread:
        text = each.original.string.lstrip()
        number = each.original.line + each.original.string.removesuffix(text).count("\n")
        name = text.removeprefix("export ").partition("=")[0].strip().upper()
        if name in names:
            faults.append(f"{env_file} line {number}: {name} has no value that can be read (an open quote?)")
    return faults


def _fault(location: str, message: str, kind: type[Settings]) -> str:
    name = variable(location, kind) if location in kind.model_fields else location.upper()
    return f"{name}: {message.removeprefix('Value error, ')}"
