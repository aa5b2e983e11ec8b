"""Moonshine's weights for tests: those of the dev group's package, or none."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from mcp_voice.models import MOONSHINE_TINY_EN, found
from mcp_voice.settings import load

__all__ = ["NEEDS_SPHINX", "NO_WEIGHTS", "Fixed", "installed"]


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
NEEDS_SPHINX = pytest.mark.skipif(find_spec("pocketsphinx") is None, reason="there is no pocketsphinx for this Python")
"""On 3.14 nothing hears in Moonshine's place."""


def installed() -> Fixed:
    """Those that the tests need."""
    folder = found(MOONSHINE_TINY_EN, load(_env_file=None))
    assert folder, "the tests need moonshine-voice, of the dev group: run ./scripts/test"
    return Fixed(folder)
