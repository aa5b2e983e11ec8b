"""A question that doctor has asked, while it is under way and afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from mcp_voice.errors import VoiceError
from mcp_voice.results import Answer

__all__ = ["Asking"]


class Asking:
    """A question under way and what became of it."""

    def __init__(self) -> None:
        self.outcome: Answer | VoiceError | None = None
        self.over = anyio.Event()
        self.speaker = ""
        """The identity under which we speak."""

    async def run(self, ask: Callable[[], Awaitable[Answer]]) -> None:
        """Ask, and wait for the answer; the owner task is the visit's."""
        try:
            self.outcome = await ask()
        except VoiceError as error:
            self.outcome = error
        finally:
            self.over.set()
