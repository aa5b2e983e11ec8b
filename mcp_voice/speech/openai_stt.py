"""LiveKit's recogniser for OpenAI-compatible servers, with its HTTP client closed at the end."""

from __future__ import annotations

from livekit.plugins import openai

__all__ = ["ClosingSTT"]


class ClosingSTT(openai.STT):
    """The plugin's 1.8.9 closes its websockets only: each microphone would leave a socket open for two minutes."""

    async def aclose(self) -> None:
        """Close websockets and connections."""
        await super().aclose()
        await self._client.close()
