"""What a configuration service says about one room: fetched within a limit, checked, and kept for a moment."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

import aiohttp
import anyio
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError
from pydantic_core import from_json

from mcp_voice.settings import listed
from mcp_voice.texts.foreign import shown
from mcp_voice.texts.validation import in_words
from mcp_voice_agent.room_config.answers import ALIASES, failed, is_configuration, opened, renamed
from mcp_voice_agent.room_config.cache import ConfigCache
from mcp_voice_agent.room_config.ids import LONGEST_ID
from mcp_voice_agent.room_config.wording import length_text
from mcp_voice_agent.settings import AgentSettings

__all__ = ["RoomConfig", "room_config"]

log = logging.getLogger(__name__)

LARGEST_BODY = 64 * 1024
MOST_REDIRECTS = 3
MOST_NAMED = 10
LONGEST_NAME = 40

# Models and voices go into comma-separated lists.
PlainName = Annotated[str, Field(max_length=200, pattern=r"^[^\s,]*$")]
Tool = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
ToolNames = Annotated[tuple[Tool, ...], Field(max_length=64)]
# They go into a comma-separated list, and to the recogniser.
Keyterm = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^,\x00-\x1f\x7f]*$")]
Keyterms = Annotated[tuple[Keyterm, ...], Field(max_length=100)]
# Everybody in the room reads it.
ShownName = Annotated[str, Field(max_length=100), AfterValidator(shown)]


Source = Literal["settings", "service", "kept", "outage"]
"""``kept``: fetched a moment ago; ``outage``: fetched longer ago, since the service is down."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose configuration it is, and where it is from; two that say the same are equal, wherever they are from."""

    id: str = field(default="", compare=False)
    source: Source = field(default="settings", compare=False)


class RoomConfig(BaseModel):
    """How the companion is in one room; what is absent is as the settings say."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    system_prompt: str = Field("", max_length=20_000, description="What the language model is told about its part.")
    name: ShownName = Field("", description="What the companion calls itself, and is shown as.")
    greeting: str | None = Field(None, max_length=1000, description="What is said first; empty: nothing.")
    model: PlainName = Field("", description="Language model: provider/model, or a model of the first provider in use.")
    voice: PlainName = Field(
        "", description="One of the seven names in agents/mcp_voice_agent/models/voices.py, or a provider's own."
    )
    temperature: float | None = Field(None, ge=0, le=100, strict=True, allow_inf_nan=False, description="In percent.")
    response_length: Annotated[str, BeforeValidator(length_text)] = Field(
        "", description="How long it speaks: short, medium, long, a number of sentences or words, or a few words."
    )
    language: str = Field("", max_length=35, pattern=r"^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*)?$", description="BCP 47.")
    keyterms: Keyterms = Field((), description="Names and words that the recogniser should expect.")
    tools: ToolNames | Literal["reading"] | None = Field(
        None, description="Names of those allowed, or reading: those that change nothing; absent: all."
    )
    mode: Literal["", "realtime", "pipeline"] = Field("", description="Speech to speech, or through text.")

    _origin: Origin = PrivateAttr(default_factory=Origin)

    def found(self, config_id: str, source: Source) -> RoomConfig:
        """The same, with whose configuration it is and where it is from, for the log."""
        self._origin = Origin(config_id[:LONGEST_NAME], source)
        return self

    @property
    def told(self) -> dict[str, Any]:
        """What a log may say of it: whose it is, where it is from, and what it sets, but not to what."""
        fields = sorted(self.model_fields_set)
        origin = self._origin
        return {"configuration": origin.id, "configuration_source": origin.source, "configuration_sets": fields}


KNOWN = frozenset({*RoomConfig.model_fields, *ALIASES})


class _Unusable(Exception):
    """The service is there, and what it says is of no use."""


class _Down(Exception):
    """The service cannot be asked, or cannot answer at the moment."""


async def room_config(settings: AgentSettings, config_id: str) -> RoomConfig:
    """The configuration of that id; never raises: without a good answer it is that of the settings, and a log says why.

    Only the tools are fewer then: those of ``agent_default_tools``, or those that change nothing.

    A good answer is kept for ``agent_config_keep_seconds``, for all worker processes of this machine. When the service
    is down (unreachable, too slow, 5xx), one that was fetched within the last hour is used: an old configuration
    serves a room better than none. What the service says itself, 404 for instance, always counts.
    """
    if not settings.agent_config_url:
        log.info("room configuration %r: AGENT_CONFIG_URL is not set; the defaults are used", config_id[:LONGEST_NAME])
        return RoomConfig().found(config_id, "settings")
    cache = ConfigCache(RoomConfig, settings.cache_dir)
    key = (settings.agent_config_url, config_id)
    kept = cache.get(*key)
    if kept and kept.age < settings.agent_config_keep_seconds:
        return _fetched(kept.value.found(config_id, "kept"), age=kept.age)
    try:
        with anyio.fail_after(settings.agent_config_seconds):
            config = await _ask(settings, config_id)
    except Exception as error:  # noqa: BLE001  # whatever it is, a room must not fail for want of its configuration
        reason = _reason(error, settings.agent_config_seconds)
        if kept and not isinstance(error, _Unusable):
            log.warning(
                "room configuration %r: %s; the one of %.0f s ago is used", config_id[:LONGEST_NAME], reason, kept.age
            )
            return _fetched(kept.value.found(config_id, "outage"), age=kept.age)
        cache.drop(*key)
        log.warning("room configuration %r: %s; the defaults are used", config_id[:LONGEST_NAME], reason)
        return _without(settings).found(config_id, "settings")
    cache.put(config, *key)
    return _fetched(config.found(config_id, "service"), age=0.0)


def _fetched(config: RoomConfig, *, age: float) -> RoomConfig:
    """The same, once the log has it; ``age`` in seconds."""
    log.info("configuration fetched", extra={**config.told, "age_seconds": round(age)})
    return config


def _without(settings: AgentSettings) -> RoomConfig:
    """What holds in a room whose configuration is missing: it may have been one that allows less than all tools."""
    named = tuple(listed(settings.agent_default_tools))
    return RoomConfig.model_construct(tools=named or "reading")


def _reason(error: Exception, seconds: float) -> str:
    """What went wrong, without any text that may hold a secret or a body."""
    if isinstance(error, _Unusable | _Down):
        return str(error)
    if isinstance(error, TimeoutError):
        return f"no answer within {seconds:g} s"
    if isinstance(error, aiohttp.TooManyRedirects):
        return f"more than {MOST_REDIRECTS} redirects"
    return f"the service cannot be asked ({type(error).__name__})"


async def _ask(settings: AgentSettings, config_id: str) -> RoomConfig:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    if token := settings.agent_config_token.get_secret_value():
        headers["Authorization"] = f"Bearer {token}"
    async with (
        # Nothing is unpacked: a small body could become a huge one.
        aiohttp.ClientSession(headers=headers, auto_decompress=False) as session,
        session.get(_address(settings, config_id), max_redirects=MOST_REDIRECTS) as answer,
    ):
        if answer.status >= 500 or answer.status == 429:  # noqa: PLR2004  # HTTP's own numbers
            raise _Down(f"the service answered {answer.status}")
        if answer.status != 200:  # noqa: PLR2004  # the same
            raise _Unusable(f"the service answered {answer.status}")
        body = bytearray()
        async for piece in answer.content.iter_any():
            body += piece
            if len(body) > LARGEST_BODY:
                raise _Unusable(f"the answer is larger than {LARGEST_BODY // 1024} KiB")
    return _checked(bytes(body), config_id)


def _address(settings: AgentSettings, config_id: str) -> str:
    # Servers take a segment of dots for a way up, even when it is escaped.
    if not config_id.strip(".") or len(config_id) > LONGEST_ID:
        raise _Unusable("that is no id")
    base = urlsplit(settings.agent_config_url)
    path = f"{base.path.rstrip('/')}/api/agent-configs/{quote(config_id, safe='')}"
    return base._replace(path=path, query="", fragment="").geturl()


def _checked(body: bytes, config_id: str) -> RoomConfig:
    try:
        found: Any = opened(from_json(body), KNOWN)
    except ValueError:
        raise _Unusable("the answer is not JSON") from None
    if not isinstance(found, dict):
        raise _Unusable("the answer is not a JSON object")
    if failed(found):
        raise _Unusable("the answer says that it failed")
    if not is_configuration(found, KNOWN):
        # As an error, or n8n's "Workflow was started": taken for an empty configuration it would allow all tools.
        raise _Unusable("the answer has none of the fields of a configuration")
    fields = renamed(found)
    _tell_unknown(fields, config_id)
    try:
        return RoomConfig.model_validate(fields)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {in_words(fault)}" for fault in error.errors()]
        raise _Unusable("; ".join(faults[:MOST_NAMED])) from None


def _tell_unknown(fields: dict[str, Any], config_id: str) -> None:
    unknown = sorted(fields.keys() - RoomConfig.model_fields.keys())
    if unknown:
        names = ", ".join(repr(name[:LONGEST_NAME]) for name in unknown[:MOST_NAMED])
        more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
        log.info("room configuration %r: ignoring what is not known: %s%s", config_id[:LONGEST_NAME], names, more)
