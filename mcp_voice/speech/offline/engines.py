"""Which recogniser hears an utterance: Moonshine where its weights are, else pocketsphinx."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from mcp_voice.speech.child import EngineStopped, EngineUnusable
from mcp_voice.speech.offline.reader import Reader
from mcp_voice.speech.offline.spoken import SpokenUtterance, said
from mcp_voice.speech.pool import Pool
from mcp_voice.speech.utterance import Recognised, Utterance

__all__ = ["OfflineEngines", "OpenUtterance"]

log = logging.getLogger(__name__)

SPHINX = "mcp_voice.speech.sphinx_child"
MOONSHINE_NAME, SPHINX_NAME = "moonshine-tiny-en", "pocketsphinx-en-us"
AGAIN_SECONDS = 60.0
"""After Moonshine was found unusable; its files may have been mended meanwhile, or memory be free."""
NO_MODEL = f"the model {MOONSHINE_NAME} is not on this machine yet"


class Weights(Protocol):
    """Where a model is, as ``models.Background`` tells."""

    def folder(self) -> Path | None:
        """Its folder, once it is there."""

    async def aclose(self) -> None:
        """Fetch it no further."""


@dataclass(frozen=True, slots=True)
class _GivenUp:
    """Why Moonshine cannot hear, and until when it is not tried again (monotonic)."""

    why: str
    until: float


class OpenUtterance(Protocol):
    """One utterance on its way to its words."""

    async def open(self) -> None:
        """It begins."""

    async def push(self, pcm: bytes, *, voice: float) -> None:
        """Hear on: int16 mono at 16 kHz, of which so many seconds, the last ones, are voice."""

    async def finish(self) -> Recognised:
        """The words; raises APIError."""

    async def aclose(self) -> None:
        """Give up what is under way; safe to call at any time."""


class OfflineEngines:
    """The processes that all recognisers of a program share; satisfies ``offers.Shared``."""

    def __init__(self, weights: Weights | None, *, pool: Pool | None = None, model: str = MOONSHINE_NAME) -> None:
        """``weights``: Moonshine's, asked for until they are there, for they may be on their way.

        ``pool``: what hears without them, which reads as it hears; by default pocketsphinx. ``model``: that of
        ``mcp-voice models`` which is wanted, if it is of one.
        """
        self._name = model
        self._weights = weights
        self._reader: Reader | None = None
        self._readers: dict[Path, Reader] = {}
        self._unusable: _GivenUp | None = None
        self._sphinx = pool

    @property
    def model(self) -> str:
        """What hears the next utterance."""
        return MOONSHINE_NAME if self._moonshine() else SPHINX_NAME

    @property
    def pool(self) -> Pool:
        """The processes of what hears the next utterance."""
        if reader := self._moonshine():
            return reader.pool
        return self._without_weights()

    @property
    def behind(self) -> float:
        """For how long an utterance has waited for a process, in seconds, where it is longest."""
        pools = [*(reader.pool for reader in self._readers.values()), *filter(None, [self._sphinx])]
        return max((pool.behind for pool in pools), default=0.0)

    def utterance(self, *, context: str, choices: Sequence[str], show: Callable[[str], None]) -> OpenUtterance:
        """Hear one utterance; ``context`` is the cepstral mean that the one before ended with."""
        if reader := self._moonshine():
            return SpokenUtterance(self._read, reader, choices=choices, show=show)
        return self._by_sphinx(context=context, choices=choices, show=show, why=self._why)

    async def whole(self, pcm: bytes, *, choices: Sequence[str], voice: float) -> Recognised:
        """The words of a whole utterance, of which so many seconds are voice; raises APIError."""
        heard = await self._read(pcm, choices=choices)
        return replace(heard, text=said(heard.text, voice=voice))

    async def _read(self, pcm: bytes, *, choices: Sequence[str] = (), whole: bool = True) -> Recognised:
        why = self._why
        if reader := self._moonshine():
            try:
                return await reader.read(pcm, choices=choices, whole=whole)
            except EngineUnusable as error:
                log.warning("pocketsphinx hears in place of Moonshine, and less well: %s", error.why)
                why = str(error.__cause__ or error.why)
                self._unusable = _GivenUp(why, time.monotonic() + AGAIN_SECONDS)
            except EngineStopped as error:
                if not whole:
                    raise
                log.warning("pocketsphinx hears what Moonshine could not: %s", error.why)
                why = error.why
        utterance = self._by_sphinx(context="", choices=choices, show=lambda _: None, why=why)
        try:
            await utterance.push(pcm)
            return await utterance.finish()
        finally:
            await utterance.aclose()

    async def warm(self) -> None:
        """Have one process ready; raises ChildGone."""
        await self.pool.warm()

    async def aclose(self) -> None:
        """End all processes; what is under way fails."""
        if self._weights is not None:
            await self._weights.aclose()
        for reader in self._readers.values():
            await reader.pool.aclose()
        if self._sphinx is not None:
            await self._sphinx.aclose()

    def _without_weights(self) -> Pool:
        if self._sphinx is None:
            self._sphinx = Pool(SPHINX)
        return self._sphinx

    def _by_sphinx(self, *, context: str, choices: Sequence[str], show: Callable[[str], None], why: str) -> Utterance:
        pool = self._without_weights()
        return Utterance(pool, cmn=context, choices=choices, show=show, in_place_of=why, model=self._name)

    @property
    def _why(self) -> str:
        """Why Moonshine does not hear, where it should."""
        if self._weights is None:
            return ""
        return self._unusable.why if self._unusable else NO_MODEL

    def _moonshine(self) -> Reader | None:
        if self._unusable is not None:
            if time.monotonic() < self._unusable.until:
                return None
            # Where the model is now may be another place.
            self._unusable = self._reader = None
        if self._reader is None and self._weights is not None and (folder := self._weights.folder()) is not None:
            self._reader = self._readers.setdefault(folder, Reader(folder))
        return self._reader
