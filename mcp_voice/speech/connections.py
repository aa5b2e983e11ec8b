"""What all recognisers of a process share where they ask over HTTP: a connection opened beforehand serves the first."""

from __future__ import annotations

from collections.abc import Callable

import httpx2

from mcp_voice.speech.openai_stt import ClosingSTT, http_client

__all__ = ["Connections"]


class Connections:
    """Satisfies ``offers.Shared``."""

    def __init__(self, make: Callable[[httpx2.AsyncClient], ClosingSTT], *, seconds: float) -> None:
        """``make`` gives a recogniser that uses this client; ``seconds`` as for ``http_client``."""
        self.http = http_client(seconds)
        self._make = make

    def recogniser(self) -> ClosingSTT:
        """One of its own for each microphone."""
        return self._make(self.http)

    @property
    def behind(self) -> float:
        """Never: nobody waits for another one here."""
        return 0.0

    async def warm(self) -> None:
        """Open a connection, and have a server nearby load its model; what fails is told by the first words."""
        recogniser = self.recogniser()
        try:
            await recogniser.warm()
        finally:
            await recogniser.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self.http.aclose()
