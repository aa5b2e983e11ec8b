"""The companion is silent and hears nothing while somebody else has the floor."""

from __future__ import annotations

import asyncio

from livekit.agents import AgentSession, SpeechCreatedEvent

__all__ = ["Mute"]

SILENT_SECONDS = 1.0
"""How long an interruption may take; the asker waits for it."""


class Mute:
    """Whether a session hears and speaks; it may not have started yet."""

    def __init__(self, session: AgentSession[None]) -> None:
        self._session = session
        self._running = False
        self._on = False
        session.on("speech_created", self._on_speech)

    @property
    def is_on(self) -> bool:
        """Whether what humans say and write is not for us."""
        return self._on

    async def on(self) -> None:
        """Fall silent and hear nothing; what was half said is forgotten."""
        self._on = True
        if self._running:
            self._session.input.set_audio_enabled(False)
            self._session.clear_user_turn()
            # Cancelling the SDK's own future, as a time limit on it would, silences the session for good.
            await asyncio.wait([self._session.interrupt(force=True)], timeout=SILENT_SECONDS)

    async def off(self) -> None:
        """Hear again."""
        self._on = False
        if self._running:
            self._session.input.set_audio_enabled(True)

    async def run(self) -> None:
        """Begin, in the state that the floor is in; the session has been started."""
        self._running = True
        if self._on:
            await self.on()

    def _on_speech(self, event: SpeechCreatedEvent) -> None:
        # A realtime model answers by itself, and may have begun to when it was told to hear nothing.
        if self._on and not event.user_initiated:
            event.speech_handle.interrupt(force=True)
