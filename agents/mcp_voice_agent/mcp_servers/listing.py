"""Which of the tools that a server lists a language model is offered, and under what name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp import types

from mcp_voice.texts.foreign import printable
from mcp_voice_agent.mcp_servers.ourselves import speaks_in_rooms
from mcp_voice_agent.mcp_servers.schema import for_model, schema_fault

__all__ = ["Listing", "Offered", "listing"]

BETWEEN = "__"
LONGEST_NAME = 64
"""Characters; OpenAI's limit."""
LONGEST_DESCRIPTION = 1024
LONGEST_ACTION = 60
UNUSABLE = re.compile(r"[^A-Za-z0-9_-]+")
HASH_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Offered:
    """A tool of a server, as a language model is offered it."""

    server: str
    tool: str
    """Its name at the server."""
    name: str
    """Its name for the model: that of the server, two underscores, and its own."""
    action: str
    """Its name in words, for the human who has to say yes to it: a title can say anything."""
    description: str
    schema: Mapping[str, Any]
    """JSON schema of the arguments, without what a provider may refuse."""
    reads: bool
    """Whether it says that it changes nothing (``readOnlyHint``)."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is made of a server's list."""

    offered: tuple[Offered, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    """The tools that cannot be offered, each with the reason."""


def listing(server: str, tools: Iterable[types.Tool]) -> Listing:
    """Take of a server's list what can be offered; names and texts are cut to bounds."""
    offered: dict[str, Offered] = {}
    refused: dict[str, str] = {}
    for tool in tools:
        name = _name(server, tool.name)
        if speaks_in_rooms(tool.name):
            fault = "it is mcp-voice, and a companion does not ask itself"
        elif name in offered:
            fault = "there is already one of that name"
        else:
            fault = schema_fault(tool.input_schema)
        if fault:
            refused[printable(tool.name)[:LONGEST_NAME]] = fault
        else:
            offered[name] = _offered(server, name, tool)
    return Listing(tuple(offered.values()), refused)


def _offered(server: str, name: str, tool: types.Tool) -> Offered:
    hints = tool.annotations
    title = tool.title or (hints and hints.title) or ""
    return Offered(
        server,
        tool.name,
        name,
        action=" ".join(re.split(r"[\s_-]+", printable(tool.name)))[:LONGEST_ACTION].strip(),
        description=printable(tool.description or title).strip()[:LONGEST_DESCRIPTION],
        schema=for_model(tool.input_schema),
        reads=hints is not None and hints.read_only_hint is True,
    )


def _name(server: str, tool: str) -> str:
    """A name that every provider takes; what had to be changed ends in a hash, so that two tools stay two."""
    usable = f"{server}{BETWEEN}{UNUSABLE.sub('_', tool)}"
    if usable == f"{server}{BETWEEN}{tool}" and len(usable) <= LONGEST_NAME:
        return usable
    digits = hashlib.sha256(tool.encode(errors="replace")).hexdigest()[:HASH_DIGITS]
    return f"{usable[: LONGEST_NAME - HASH_DIGITS - 1]}_{digits}"
