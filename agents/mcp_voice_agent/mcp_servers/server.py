"""An MCP server as the operator names it: what to start, or where to call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Http", "McpServer", "Stdio"]


@dataclass(frozen=True, slots=True)
class Stdio:
    """A program that is started for each conversation, and speaks MCP on its standard streams."""

    command: str
    """A name on PATH, or an absolute path."""
    # Arguments and variables may be secrets, so they are in no repr.
    args: tuple[str, ...] = field(default=(), repr=False)
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What it gets beside PATH, HOME and the like; nothing else of our environment."""
    cwd: Path | None = None
    """Unset: the user's home."""


@dataclass(frozen=True, slots=True)
class Http:
    """A server that runs already."""

    # Both may hold a key.
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    sse: bool = False
    """Whether it speaks HTTP with SSE, which Streamable HTTP has replaced."""


@dataclass(frozen=True, slots=True)
class McpServer:
    """One entry of the file."""

    name: str
    way: Stdio | Http
    seconds: float | None = None
    """How long a call of a tool may take. Unset: MCP_VOICE_WEBHOOK_SECONDS."""

    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What must reach no log: the values that the file gives to the server alone."""
