"""What one run of doctor knows and holds: filled by one check, used by those after it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import anyio
from anyio.abc import TaskGroup, TaskStatus

from mcp_voice.settings import Settings

if TYPE_CHECKING:
    # All of these import LiveKit, which a check of its own does, since it may fail.
    from mcp_voice.doctor.room import Asking
    from mcp_voice.human import Human
    from mcp_voice.pcm import Pcm
    from mcp_voice.speech.providers import Choice

__all__ = ["ENCRYPTED", "Given", "Visit"]

log = logging.getLogger(__name__)

CLOSE_SECONDS = 10.0
ENCRYPTED = ("wss", "https")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Given:
    """Where settings come from: variables of the environment and lines of ``.env``, by upper-case name."""

    environment: Mapping[str, str]
    dotenv: Mapping[str, str]


@dataclass(eq=False)
class Visit:
    """State of one run."""

    given: Given
    tasks: TaskGroup
    tell: Callable[[str], None]
    """Shows what a slow check is doing."""
    settings: Settings = field(default_factory=Settings.model_construct)
    url: str = ""
    """Of the LiveKit server in use, with the key that opens it."""
    api_key: str = ""
    api_secret: str = ""
    clock_ahead: float = 0.0
    """Seconds by which our clock is ahead of the server's."""
    stt: Choice | None = None
    tts: Choice | None = None
    sound: Pcm | None = None
    """What the voice made of the phrase."""
    room_name: str = ""
    human: Human | None = None
    asking: Asking | None = None
    _held: list[tuple[anyio.Event, anyio.Event]] = field(default_factory=list)

    @property
    def place(self) -> tuple[str, int]:
        """Host and port of the LiveKit server."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or (443 if parts.scheme in ENCRYPTED else 80)

    async def hold(self, resource: AbstractAsyncContextManager[T]) -> T:
        """Enter a resource that is needed beyond the check that opens it; it gets an owner task."""
        release, released = anyio.Event(), anyio.Event()
        held: T = await self.tasks.start(self._own, resource, release, released)
        self._held.append((release, released))
        return held

    async def release_all(self) -> None:
        """Leave all resources, the last one first; bounded."""
        with anyio.move_on_after(CLOSE_SECONDS, shield=True):
            for release, released in reversed(self._held):
                release.set()
                await released.wait()

    async def _own(
        self,
        resource: AbstractAsyncContextManager[Any],
        release: anyio.Event,
        released: anyio.Event,
        *,
        task_status: TaskStatus[Any],
    ) -> None:
        entered = False
        try:
            async with resource as held:
                entered = True
                task_status.started(held)
                await release.wait()
        except Exception:
            if not entered:
                raise
            # The check that uses it finds out by itself; this is for whoever reads the log.
            log.debug("what a check held broke", exc_info=True)
        finally:
            released.set()
