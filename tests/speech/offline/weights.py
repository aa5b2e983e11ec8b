"""Moonshine's weights for tests: those of the dev group's package, or none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mcp_voice.models import MOONSHINE_TINY_EN, found
from mcp_voice.settings import load

__all__ = ["NO_WEIGHTS", "Fixed", "installed"]


@dataclass(frozen=True)
class Fixed:
    """Weights in a folder, or none."""

    place: Path | None

    def folder(self) -> Path | None:
        """Where they are."""
        return self.place

    async def aclose(self) -> None:
        """Nothing to end."""


NO_WEIGHTS = Fixed(None)


def installed() -> Fixed:
    """Those that the tests need."""
    folder = found(MOONSHINE_TINY_EN, load(_env_file=None))
    assert folder, "the tests need moonshine-voice, of the dev group: run ./scripts/test"
    return Fixed(folder)
