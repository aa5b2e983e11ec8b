"""The companion's part in a conversation."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator

from livekit import rtc
from livekit.agents import Agent, ModelSettings

from agents.hold import Hold

__all__ = ["Companion"]


class Companion(Agent):
    """Greets, answers, and says nothing while somebody else has the floor."""

    def __init__(self, *, instructions: str, greeting: str, floor: Hold) -> None:
        super().__init__(instructions=instructions)
        self._greeting = greeting
        self._floor = floor

    async def on_enter(self) -> None:
        """Greet, as soon as nobody else has the floor."""
        if self._greeting:
            await self._floor.free()
            self.session.say(self._greeting)

    async def tts_node(self, text: AsyncIterable[str], model_settings: ModelSettings) -> AsyncIterator[rtc.AudioFrame]:
        """Turn an answer into sound, but not before the floor is free."""
        await self._floor.free()
        async for frame in Agent.default.tts_node(self, text, model_settings):
            yield frame
