"""Who may speak over what is being said: those who are listened to, from its first sound on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mcp_voice.link import Keyed, SegmentRead, SpeechStarted, SpeechStopped, Typed, Words
from mcp_voice.link.playout import Playout
from mcp_voice.turns.barge_in import BargeIn
from mcp_voice.turns.turn import Turn
from mcp_voice.words import only_hesitates

__all__ = ["HumanInput", "Interruptions"]

HumanInput = SpeechStarted | SpeechStopped | Words | SegmentRead | Keyed | Typed
"""What somebody says, types or keys."""


@dataclass(slots=True, eq=False)
class Interruptions:
    """What is being said in a room, if anything, and what of it is interrupted by whom."""

    passes_over: Callable[[str, str, float], bool]
    """Whether what this human says, with these words so far and begun at this instant, interrupts nothing."""
    language: str = "en"
    """A BCP 47 tag, of what is said."""
    _barge_in: BargeIn | None = None

    @contextmanager
    def interruptible(self, playout: Playout, heed: Callable[[str], bool]) -> Iterator[None]:
        """Let those identities speak over a sentence while it is played."""
        self._barge_in = ours = BargeIn(playout, heed, playout.started_at or time.monotonic())
        try:
            yield
        finally:
            if self._barge_in is ours:  # one that hung may end while the next sentence is played
                self._barge_in = None

    def take(self, event: HumanInput, turn: Turn | None) -> None:
        """Take in what is heard; ``turn`` is what that human is saying now, this included."""
        barge = self._barge_in
        if barge is None:
            return
        begins = isinstance(event, SpeechStarted | Keyed | Typed)
        since = event.at if begins else turn.started_at if turn is not None else None
        if since is None or not self._over(barge, event.identity, since):
            return
        text = turn.text if turn is not None and isinstance(event, Words | SegmentRead) else ""
        match event:
            case SpeechStarted(identity, at):
                barge.speech_started(identity, at)
            case SpeechStopped(identity, at):
                barge.speech_stopped(identity, at)
            case Words(identity):
                # Who hums over a question thinks about it: that makes us pause, and wants the rest of it.
                hums = only_hesitates(text, language=self.language)
                if text and not hums and not self.passes_over(identity, text, since):
                    barge.worded()
            case SegmentRead(identity, at):
                if not text or self.passes_over(identity, text, since):
                    barge.wordless(at)
            case Keyed() | Typed():
                barge.worded()

    def due_at(self) -> float | None:
        """When ``tick`` has something to do."""
        return self._barge_in.due_at() if self._barge_in is not None else None

    def tick(self, now: float) -> None:
        """Do what is due."""
        if self._barge_in is not None:
            self._barge_in.tick(now)

    def stop(self) -> None:
        """Nobody is there any more to hear the rest."""
        if self._barge_in is not None:
            self._barge_in.playout.stop()

    def _over(self, barge: BargeIn, identity: str, since: float) -> bool:
        return barge.concerns(identity, since) and not self.passes_over(identity, "", since)
