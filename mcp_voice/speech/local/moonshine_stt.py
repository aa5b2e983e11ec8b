"""Speech to text with Moonshine's own streaming library on this machine: no key, no network once the model is here."""

from __future__ import annotations

import os
from pathlib import Path

from mcp_voice.models import MODELS
from mcp_voice.speech.child import LanguageUnknown
from mcp_voice.speech.offline.engines import OfflineEngines
from mcp_voice.speech.offline_stt import OfflineSTT
from mcp_voice.speech.pool import Pool

__all__ = ["MoonshineSTT", "moonshine_pool"]

PROGRAM = "mcp_voice.speech.local.moonshine_child"
MOST_PROCESSES = 4
"""Each holds the model, of 142 MB for English."""


def moonshine_pool(folder: Path, arch: str) -> Pool:
    """Recogniser processes for several ``MoonshineSTT`` to share; ``arch``: the model's kind, as the library has it."""
    return Pool(PROGRAM, str(folder), arch, size=min((os.cpu_count() or 1) + 1, MOST_PROCESSES), keep=1)


class MoonshineSTT(OfflineSTT):
    """A recogniser of one language, which reads while somebody speaks; voice activity spares it everything else."""

    def __init__(self, pool: Pool, *, name: str, speaks: str, language: str, owns: bool = False) -> None:
        """``speaks``: the language of the model, where that is known; ``language``: that of the rooms.

        ``owns``: whether the pool is closed with it.
        """
        known = f"moonshine-{name}"
        ears = OfflineEngines(None, pool=pool, model=known if known in MODELS else "")
        super().__init__(ears, language=language, owns_ears=owns)
        self._name = name
        self._speaks = speaks

    @property
    def model(self) -> str:
        """The model's name, or where it is."""
        return self._name

    @property
    def provider(self) -> str:
        """Always ``local``."""
        return "local"

    def check_language(self) -> None:
        """Raise LanguageUnknown for a model of another language than that of the rooms."""
        if self._speaks and self.language.split("-")[0] != self._speaks:
            why = f"{self._name} understands {self._speaks!r}, and MCP_VOICE_LANGUAGE is {str(self.language)!r}"
            raise LanguageUnknown(why, setting="MCP_VOICE_STT")
