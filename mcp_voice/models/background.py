"""A model that is fetched beside other work, when it is first needed."""

from __future__ import annotations

import asyncio
import importlib
import logging
import time
from pathlib import Path

from mcp_voice.errors import VoiceError
from mcp_voice.models.catalogue import Model
from mcp_voice.models.cost import megabytes
from mcp_voice.models.found import found
from mcp_voice.redaction import fault_place
from mcp_voice.settings import Settings

__all__ = ["Background"]

log = logging.getLogger(__name__)

AGAIN_SECONDS = 600.0
"""After a fetch that failed."""


class Background:
    """One model for those who can do without it for a while: ask ``folder`` whenever it would be used.

    Whoever makes it closes it; a fetch that is ended so is gone on with by the next process.
    """

    def __init__(self, model: Model, settings: Settings) -> None:
        self.model = model
        self._settings = settings
        self._task: asyncio.Task[None] | None = None
        self._failed_at: float | None = None
        self._closed = False

    def folder(self) -> Path | None:
        """Where the model is; where it is not, a fetch is begun, unless settings forbid it or one has just failed."""
        there = found(self.model, self._settings)
        if there is None and self._may_fetch():
            self._task = asyncio.create_task(self._fetch())
        return there

    @property
    def is_fetching(self) -> bool:
        """Whether a fetch is under way."""
        return self._task is not None and not self._task.done()

    def _may_fetch(self) -> bool:
        if self._closed or self.is_fetching or self._settings.fetch_models == "never" or not _in_a_loop():
            return False
        return self._failed_at is None or time.monotonic() - self._failed_at >= AGAIN_SECONDS

    async def _fetch(self) -> None:
        log.info("fetching the model %s (%s on disk) in the background", self.model.name, megabytes(self.model.size))
        try:
            # An HTTP client, which only a fetch needs: its import would hold up the loop for 0.3 s.
            fetching = await asyncio.to_thread(importlib.import_module, "mcp_voice.models.fetch")
            folder = await fetching.fetch(self.model, self._settings)
        except VoiceError as error:
            self._failed_at = time.monotonic()
            log.warning(
                "the model %s could not be fetched: %s `mcp-voice models get %s` tries it at once",
                self.model.name,
                error,
                self.model.name,
            )
        except Exception as error:  # noqa: BLE001 - speech goes on without it, and says where this broke
            self._failed_at = time.monotonic()
            log.warning("the model %s could not be fetched: %s", self.model.name, fault_place(error))
        else:
            log.info("the model %s is in %s", self.model.name, folder)

    async def aclose(self) -> None:
        """End a fetch under way, and begin none any more; what has come is kept."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
