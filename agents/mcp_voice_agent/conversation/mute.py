"""The companion's ears and mouth, which are closed while somebody else has the floor."""

from __future__ import annotations

import asyncio

from livekit.agents import AgentSession, SpeechCreatedEvent

__all__ = ["Ears"]

SILENT_SECONDS = 1.0
"""How long an interruption may take; the asker waits for it."""


class Ears:
    """Silent and deaf, or not; of a session that may not have started yet."""

    def __init__(self, session: AgentSession[None]) -> None:
        self._session = session
        self._running = False
        self._open = True
        session.on("speech_created", self._on_speech)

    @property
    def open(self) -> bool:
        """Whether what humans say and write is for us."""
        return self._open

    async def close(self) -> None:
        """Fall silent and hear nothing; what was half said is forgotten."""
        self._open = False
        if self._running:
            self._session.input.set_audio_enabled(False)
            self._session.clear_user_turn()
            # Cancelling the SDK's own future, as a time limit on it would, silences the session for good.
            await asyncio.wait([self._session.interrupt(force=True)], timeout=SILENT_SECONDS)

    async def reopen(self) -> None:
        """Hear again."""
        self._open = True
        if self._running:
            self._session.input.set_audio_enabled(True)

    async def run(self) -> None:
        """Begin, in the state that the floor is in; the session has been started."""
        self._running = True
        if not self._open:
            await self.close()

    def _on_speech(self, event: SpeechCreatedEvent) -> None:
        # A realtime model answers by itself, and may have begun to when it was told to hear nothing.
        if not self._open and not event.user_initiated:
            event.speech_handle.interrupt(force=True)
