"""Webhooks declared in a file: what an entry looks like, and what is wrong with one that cannot be used."""

from __future__ import annotations

import json
import string
import tomllib
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from mcp_voice.errors import BadSettings
from mcp_voice.texts.validation import in_words
from mcp_voice_agent.mcp_servers.refusals import lost_references
from mcp_voice_agent.settings import AgentSettings
from mcp_voice_agent.webhooks.confirmation import CONFIRM, END_CALL
from mcp_voice_agent.webhooks.database import DATABASE
from mcp_voice_agent.webhooks.email import EMAIL
from mcp_voice_agent.webhooks.verdict import OkWhen
from mcp_voice_agent.webhooks.webhook import Method

__all__ = ["VARIABLE", "Declaration", "declarations"]

VARIABLE = "MCP_VOICE_AGENT_TOOLS_FILE"
TAKEN = (EMAIL, DATABASE, CONFIRM, END_CALL)
MOST_PATHS = 20
NO_ARGUMENTS: Mapping[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}


class Declaration(BaseModel):
    """One entry of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str = Field(pattern="^[A-Za-z_][A-Za-z0-9_-]{0,63}$")
    """What the language model calls it."""
    description: str = Field(min_length=1, max_length=1024)
    """What it does and when to call it, for the language model."""
    url: str
    """With https, or http on this machine, or a path of MCP_VOICE_WEBHOOK_URL."""
    method: Method = "POST"
    parameters: dict[str, Any] = Field(default_factory=lambda: dict(NO_ARGUMENTS))
    """JSON schema (2020-12) of the arguments, an object."""
    read: bool = False
    """Whether it changes nothing, so that it may be repeated when it fails."""
    confirm: bool | None = None
    """Whether a human has to say yes first. Unset: unless it reads."""
    read_back: str = Field("", max_length=500)
    """What the human is asked then, with arguments in braces, as "Book a table for {guests}. Shall I?"."""
    seconds: float | None = Field(None, gt=0, le=60, strict=False)
    """How long it may take. Unset: MCP_VOICE_WEBHOOK_SECONDS."""
    ok_when: OkWhen | None = None
    """What a good answer has in it: by path, as "data.status", a value or several. Unset: it is guessed."""

    @field_validator("ok_when", mode="before")
    @classmethod
    def _values_by_path(cls, given: Any) -> Any:
        """Each path with a list of its values; raises ValueError."""
        if given is None:
            return None
        if not isinstance(given, dict) or len(given) > MOST_PATHS:
            raise ValueError('must be an object with paths of the answer, as {"data.status": ["sent", "queued"]}')
        wanted = {path: tuple(each) if isinstance(each, list) else (each,) for path, each in given.items()}
        for path, values in wanted.items():
            if not all(path.split(".")):
                raise ValueError("has a path with an empty name; write it as data.status")
            if not values or any(isinstance(each, dict | list) for each in values):
                raise ValueError("must give each path a text, a number, true, false, null, or a list of these")
        return wanted

    @property
    def confirmed(self) -> bool:
        """Whether a human has to say yes first."""
        return not self.read if self.confirm is None else self.confirm

    @property
    def fields(self) -> list[str]:
        """The arguments that `read_back` names, in its order; raises ValueError if it has open braces."""
        return [field for _, field, _, _ in string.Formatter().parse(self.read_back) if field is not None]

    def address(self, home: str) -> str:
        """The whole URL, with MCP_VOICE_WEBHOOK_URL for a path."""
        return home.rstrip("/") + self.url if self.url.startswith("/") else self.url


def declarations(settings: AgentSettings) -> list[Declaration]:
    """The entries of the file that MCP_VOICE_AGENT_TOOLS_FILE names, none if it is unset.

    Raises:
        BadSettings: The file cannot be read, or has entries that cannot be used; one sentence for each.
    """
    if settings.agent_tools_file is None:
        return []
    file = settings.agent_tools_file
    entries = _entries(file)
    made: list[Declaration] = []
    faults: list[str] = []
    for place, entry in enumerate(entries, start=1):
        name = entry.get("name") if isinstance(entry, dict) else None
        where = f"{file}, entry {place}" + (f" ({name})" if isinstance(name, str) else "")
        try:
            declared = Declaration.model_validate(entry)
        except ValidationError as error:
            faults += [
                f"{where}: {'.'.join(map(str, each['loc'])) or 'it'}: {in_words(each)}" for each in error.errors()
            ]
            continue
        wrong = [*_faults(declared, settings.webhook_url)]
        if declared.name in TAKEN or any(declared.name == other.name for other in made):
            wrong.append("name: there is already a tool of that name")
        faults += [f"{where}: {each}" for each in wrong]
        made.append(declared)
    if faults:
        raise BadSettings(
            f"{VARIABLE} has entries that cannot be used: {'; '.join(faults)}.", fix="Correct it and start again."
        )
    return made


def _entries(file: Path) -> list[Any]:
    try:
        text = file.read_text(encoding="utf-8")
        read = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
    except OSError as error:
        raise BadSettings(
            f"{VARIABLE} is {str(file)!r}, which cannot be read: {error.strerror}.", fix="Correct the path."
        ) from None
    except (ValueError, RecursionError) as error:
        kind = "TOML" if file.suffix == ".toml" else "JSON"
        raise BadSettings(
            f"{VARIABLE} is {str(file)!r}, which is not {kind} in UTF-8: {error}.", fix="Correct the file."
        ) from None
    entries = read.get("tools") if isinstance(read, dict) else read
    if not isinstance(entries, list):
        raise BadSettings(
            f"{VARIABLE} is {str(file)!r}, which has no list `tools`.",
            fix="Give it one, with an entry for each webhook.",
        )
    return entries


def _faults(declared: Declaration, home: str) -> Iterator[str]:
    """What is wrong with an entry of the right form."""
    if fault := _url_fault(declared.url, home):
        yield f"url: {fault}"
    if fault := _schema_fault(declared.parameters):
        yield f"parameters: {fault}"
        return
    known = declared.parameters.get("properties", {})
    try:
        fields = declared.fields
    except ValueError as error:
        yield f"read_back: {error}"
        return
    yield from (f"read_back: {{{field}}} is not one of the parameters" for field in fields if field not in known)
    if any(shape or conversion for _, _, shape, conversion in string.Formatter().parse(declared.read_back)):
        yield "read_back: only a name can stand between braces"
    if declared.read_back and not declared.confirmed:
        yield "read_back: it needs confirm"


def _url_fault(url: str, home: str) -> str:
    if url.startswith("/"):
        return "" if home else "a path needs MCP_VOICE_WEBHOOK_URL, which is not set"
    try:
        parts = urlsplit(url)
        host, user, _ = parts.hostname or "", parts.username or parts.password, parts.port
    except ValueError:
        return "it is not a URL"
    if user:
        return "it must not contain a user or password, because URLs are shown; use MCP_VOICE_WEBHOOK_SECRET"
    if host and (parts.scheme == "https" or (parts.scheme == "http" and _on_this_machine(host))):
        return ""
    return "it must begin with https://, or http:// with an address of this machine, or be a path like /webhook/name"


def _on_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _schema_fault(schema: Mapping[str, Any]) -> str:
    # A seventh of a second, for those only who declare webhooks.
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415
    from jsonschema.validators import Draft202012Validator  # noqa: PLC0415

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"not a JSON schema: {error.message}"
    if schema.get("type") != "object" or not isinstance(schema.get("properties", {}), dict):
        return 'it must describe an object: {"type": "object", "properties": {…}}'
    lost = next(lost_references(schema), None)
    return f"it refers to {lost!r}; only references into itself (#/…) are followed" if lost else ""
