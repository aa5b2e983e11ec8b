"""The file of MCP servers, in the form that hosts have: an object ``mcpServers``, with an entry for each server."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mcp_voice.errors import BadSettings, quoted
from mcp_voice.texts.validation import in_words
from mcp_voice_agent.mcp_servers.server import Http, McpServer, Stdio
from mcp_voice_agent.mcp_servers.variables import Variables
from mcp_voice_agent.settings import AgentSettings

__all__ = ["VARIABLE", "servers"]

VARIABLE = "MCP_VOICE_AGENT_MCP_FILE"
NAME = re.compile(r"[A-Za-z0-9-]+(?:_[A-Za-z0-9-]+)*")
LONGEST_NAME = 32
"""Its tools' names begin with it, and a model takes 64 characters."""
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
MOST_SERVERS = 16
MOST_BYTES = 1_048_576
LEAST_MS = 1000.0
MOST_MS = 60_000.0
"""Nobody waits longer for an answer in a conversation."""


class ServerEntry(BaseModel):
    """One entry of the file; what else a host keeps there is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    type: Literal["stdio", "http", "streamable-http", "streamableHttp", "sse"] | None = None
    """Unset: stdio with a command, http with a URL."""
    command: str = Field("", max_length=4096)
    args: list[str] = Field(default_factory=list, max_length=256)
    env: dict[str, str] = Field(default_factory=dict)
    cwd: str = ""
    url: str = Field("", max_length=4096)
    headers: dict[str, str] = Field(default_factory=dict)
    timeout: float | None = Field(None, gt=0, strict=False)
    """In milliseconds, as in Claude Code."""
    disabled: bool = False


def servers(settings: AgentSettings) -> tuple[McpServer, ...]:
    """The servers of the file that MCP_VOICE_AGENT_MCP_FILE names, without those disabled; none if it is unset.

    Raises:
        BadSettings: The file cannot be read, or has entries that cannot be used; one sentence for each.
    """
    file = settings.agent_mcp_file
    if file is None:
        return ()
    variables = Variables(settings.env_file)
    made: list[McpServer] = []
    faults: list[str] = []
    for name, raw in _entries(file).items():
        where = f"{file}, {quoted(name)}"
        try:
            entry = ServerEntry.model_validate(raw)
        except ValidationError as error:
            faults += [
                f"{where}: {'.'.join(map(str, each['loc'])) or 'it'}: {in_words(each)}" for each in error.errors()
            ]
            continue
        if entry.disabled:
            continue
        wrong = [*_faults(name, entry, variables)]
        faults += [f"{where}: {each}" for each in wrong]
        if not wrong:
            made.append(_server(name, entry, variables))
    if len(made) > MOST_SERVERS:
        faults.append(f"{file}: {len(made)} servers exceed the limit of {MOST_SERVERS}")
    if faults:
        raise BadSettings(
            f"{VARIABLE} has entries that cannot be used: {'; '.join(faults)}.", fix="Correct it and start again."
        )
    return tuple(made)


def _entries(file: Path) -> Mapping[str, Any]:
    try:
        with file.open("rb") as opened:
            raw = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadSettings(
            f"{VARIABLE} is {str(file)!r}, which cannot be read: {error.strerror}.", fix="Correct the path."
        ) from None
    try:
        read = json.loads(raw.decode("utf-8-sig")) if len(raw) <= MOST_BYTES else None
    except (ValueError, RecursionError) as error:
        place = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise BadSettings(
            f"{VARIABLE} is {str(file)!r}, which is not JSON in UTF-8{place}.", fix="Correct the file."
        ) from None
    entries = read.get("mcpServers") if isinstance(read, dict) else None
    if not isinstance(entries, dict):
        raise BadSettings(
            f"{VARIABLE} is {str(file)!r}, which has no object `mcpServers` within its first {MOST_BYTES} bytes.",
            fix="Give it one, with an entry for each server, as hosts have it.",
        )
    return entries


def _faults(name: str, entry: ServerEntry, variables: Variables) -> Iterator[str]:
    """What is wrong with an entry of the right form; no value of it is shown."""
    if len(name) > LONGEST_NAME or not NAME.fullmatch(name):
        yield f"its name must be letters, digits, hyphens and single underscores, {LONGEST_NAME} characters at most"
    unset = [*_unset(entry, variables)]
    yield from unset
    if bool(entry.command) == bool(entry.url):
        yield "it must have either a command (stdio) or a url (http)"
    elif bool(entry.command) != ((entry.type or "stdio" if entry.command else entry.type) == "stdio"):
        yield "type: stdio needs a command, and every other type a url"
    if unset:
        return
    if entry.command:
        yield from _program_faults(entry, variables)
    else:
        yield from _address_faults(entry, variables)


def _unset(entry: ServerEntry, variables: Variables) -> Iterator[str]:
    places = [("command", entry.command), ("cwd", entry.cwd), ("url", entry.url)]
    places += [("args", each) for each in entry.args]
    places += [(f"env.{name}", each) for name, each in entry.env.items()]
    places += [(f"headers.{name}", each) for name, each in entry.headers.items()]
    for place, text in places:
        try:
            variables.expanded(text)
        except ValueError as error:
            yield f"{place}: {error}"


def _program_faults(entry: ServerEntry, variables: Variables) -> Iterator[str]:
    command = variables.expanded(entry.command)
    if command != Path(command).name and not _absolute(Path(command)):
        yield "command: it must be the name of a program on PATH, or an absolute path"
    if entry.cwd and not _absolute(Path(variables.expanded(entry.cwd))):
        yield "cwd: it must be an absolute path"
    if any("\0" in variables.expanded(each) for each in (entry.command, entry.cwd, *entry.args, *entry.env.values())):
        yield "it contains a null character"
    if any(not name or "=" in name or "\0" in name for name in entry.env):
        yield "env: a variable must have a name without ="


def _absolute(path: Path) -> bool:
    try:
        return path.expanduser().is_absolute()
    except RuntimeError:
        return False


def _address_faults(entry: ServerEntry, variables: Variables) -> Iterator[str]:
    try:
        parts = urlsplit(variables.expanded(entry.url))
        host, user, _ = parts.hostname, parts.username or parts.password, parts.port
    except ValueError:
        yield "url: it is not a URL"
        return
    if user:
        yield "url: it must not contain a user or password; use headers"
    elif parts.scheme not in {"http", "https"} or not host:
        yield "url: it must begin with https:// or http:// and have a host"
    for name, value in entry.headers.items():
        if not HEADER.fullmatch(name):
            yield "headers: a header must have a name of letters, digits and hyphens"
        elif not variables.expanded(value).isprintable() or not variables.expanded(value).isascii():
            yield f"headers.{name}: it must be one line of ASCII without control characters"


def _server(name: str, entry: ServerEntry, variables: Variables) -> McpServer:
    seconds = None
    # Claude Code passes over what is less than a second, which is seconds taken for milliseconds.
    if entry.timeout is not None and entry.timeout >= LEAST_MS:
        seconds = min(entry.timeout, MOST_MS) / 1000
    if entry.url:
        url = variables.expanded(entry.url)
        headers = {header: variables.expanded(value) for header, value in entry.headers.items()}
        secrets = (url, *headers.values(), *variables.used)
        return McpServer(name, Http(url, headers, sse=entry.type == "sse"), seconds, secrets)
    way = Stdio(
        os.path.expanduser(variables.expanded(entry.command)),  # noqa: PTH111 - a bare name stays one
        tuple(variables.expanded(each) for each in entry.args),
        {variable: variables.expanded(value) for variable, value in entry.env.items()},
        Path(variables.expanded(entry.cwd)).expanduser() if entry.cwd else None,
    )
    return McpServer(name, way, seconds, (*way.env.values(), *variables.used))
