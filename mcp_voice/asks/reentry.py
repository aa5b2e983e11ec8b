"""Going back into a room after the network, or the server, failed."""

from __future__ import annotations

import time

import anyio

from mcp_voice.errors import LinkLost, RemovedFromRoom, SpeechError, UnknownRoom, VoiceError

__all__ = ["ROOM_SECONDS", "Reentry"]

PAUSES_SECONDS = (0.2, 1.0, 2.0, 5.0, 10.0, 15.0)
"""Between attempts; the last one again and again."""
LONGEST_SECONDS = 60.0
"""How long we try, beginning with the loss."""
LONGEST_ROOM_SECONDS = 30.0
"""The same where the server answers and has no such room: LiveKit's clients are back within 20 s, or never."""
ROOM_SECONDS = 1.0
"""Between two looks at a server that answers but has no such room: one that was started again has none until the first
of those who were in it is back."""


class Reentry:
    """Decides, for one call, whether it goes back and when."""

    def __init__(self) -> None:
        self._attempts = 0
        self._lost_at: float | None = None

    async def pause(self, error: VoiceError) -> None:
        """Wait before the next attempt; raises the error if there is none.

        There is none after a failure at first, after somebody's decision (RemovedFromRoom), without a voice
        (SpeechError: it would break off again, and its beginning be said twice), and after a minute.
        """
        now = time.monotonic()
        if isinstance(error, RemovedFromRoom | SpeechError):
            raise error
        longest = LONGEST_ROOM_SECONDS if isinstance(error, UnknownRoom) else LONGEST_SECONDS
        late = self._lost_at is None or now > self._lost_at + longest
        if isinstance(error, LinkLost):
            self._attempts = 0 if late else self._attempts
            self._lost_at = now
        elif late:
            raise error
        pause = PAUSES_SECONDS[min(self._attempts, len(PAUSES_SECONDS) - 1)]
        self._attempts += 1
        await anyio.sleep(min(pause, ROOM_SECONDS) if isinstance(error, UnknownRoom) else pause)
