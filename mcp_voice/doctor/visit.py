"""What one run of doctor knows and holds: filled by one check, used by those after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlsplit

import anyio
from anyio.abc import TaskGroup

from mcp_voice.doctor.asking import Asking
from mcp_voice.settings import Settings
from mcp_voice.tasks import Resident

if TYPE_CHECKING:
    # All of these import LiveKit, which a check of its own does, since it may fail.
    from mcp_voice.audio import Pcm
    from mcp_voice.people.human import Human
    from mcp_voice.speech.offers import Choice

__all__ = ["ENCRYPTED", "Given", "SpeechDirection", "Visit"]

CLOSE_SECONDS = 10.0
ENCRYPTED = ("wss", "https")
T = TypeVar("T")
SpeechDirection = Literal["stt", "tts"]
SPEECH_VARIABLES: Mapping[SpeechDirection, str] = MappingProxyType({"stt": "MCP_VOICE_STT", "tts": "MCP_VOICE_TTS"})


@dataclass(frozen=True, slots=True)
class Given:
    """Where settings come from: variables of the environment and lines of a file, by upper-case name."""

    environment: Mapping[str, str]
    dotenv: Mapping[str, str]
    file: str = ".env"
    """What the file is called in a report."""


@dataclass(eq=False)
class Visit:
    """State of one run."""

    given: Given
    tasks: TaskGroup
    tell: Callable[[str], None]
    """Shows what a slow check is doing."""
    settings: Settings = field(default_factory=Settings.model_construct)
    speech_variables: Mapping[SpeechDirection, str] = field(default_factory=lambda: SPEECH_VARIABLES)
    """The settings that choose what listens and what speaks."""
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
    first_sound_seconds: float = 0.0
    """How long the voice took until it sounded."""
    read_seconds: float = 0.0
    """How long the recogniser took."""
    room_name: str = ""
    human: Human | None = None
    asking: Asking | None = None
    _held: list[Resident[Any]] = field(default_factory=list)

    @property
    def place(self) -> tuple[str, int]:
        """Host and port of the LiveKit server."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or (443 if parts.scheme in ENCRYPTED else 80)

    async def hold(self, resource: AbstractAsyncContextManager[T]) -> T:
        """Enter a resource that is needed beyond the check that opens it; it gets an owner task.

        A check that gives up does not wait until what it half opened is closed again: that can take 20 s.
        """
        held = Resident(self.tasks, lambda: resource)
        self._held.append(held)
        try:
            return await held.get()
        except anyio.get_cancelled_exc_class():
            held.leave()
            raise

    async def release_all(self) -> None:
        """Leave all resources, the last one first; bounded."""
        with anyio.move_on_after(CLOSE_SECONDS, shield=True):
            for held in reversed(self._held):
                held.leave()
                await held.left()
