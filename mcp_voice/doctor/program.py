"""Whose doctor it is: the settings that it reads, the checks that it makes, and what it says of what it finds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp_voice.doctor.audit import doubts
from mcp_voice.doctor.problem import Problem
from mcp_voice.doctor.remedies import REMEDIES
from mcp_voice.doctor.remedy import Remedy
from mcp_voice.doctor.visit import Given
from mcp_voice.settings import FOLDER, Settings

if TYPE_CHECKING:
    from mcp_voice.doctor.steps import Run

__all__ = ["Program"]


def nothing(_: str) -> str:
    """Of no setting it is told who uses it."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program and what its doctor does."""

    name: str
    """Of its distribution and its command."""
    next_step: str
    """What to do where all is well."""
    checks: Callable[[Run], Awaitable[None]]
    """Makes every check that comes after the settings."""
    settings: type[Settings] = Settings
    folder: Path | None = FOLDER
    """Whose ``.env`` it reads what is harmless from; None: no folder's."""
    doubts: Callable[[Any, Given], Iterable[Problem]] = doubts
    """What can be used as it is, and still looks like a mistake; given the settings and where they stand."""
    used_by: Callable[[str], str] = nothing
    """What part of the program uses a field of the settings."""
    remedies: Mapping[str, Remedy] = field(default_factory=lambda: REMEDIES)
