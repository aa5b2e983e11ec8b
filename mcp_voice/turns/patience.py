"""How long a human's silence lasts before their turn is over."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Patience"]


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds of silence that end a turn, by what was said last.

    Voice activity detection needs about 0.35 s to report a silence, so nothing below that is ever reached.
    """

    choice: float = 0.35
    complete: float = 0.5
    unlikely: float = 1.0
    unfinished: float = 2.5
    story: float = 3.5
    """In place of the four above where a question wants a story, unless it is said to be over."""
    time_asked: float = 12.0
    unread: float = 12.0
    """How long a recogniser that does not say whether it is at work may take for the words of a silence."""
    unconfirmed: float = 1.5
    """How long interim words wait for the final ones."""
    late_words: float = 6.0
    """How long after a turn's end words may still be its own; 4.3 s was seen with 8 processes on 2 cores."""
    keypad: float = 2.0
    """How long after a key the next one may come."""

    def scaled(self, factor: float) -> Patience:
        """The same with the silences that a person notices made shorter or longer."""
        return Patience(
            choice=self.choice * factor,
            complete=self.complete * factor,
            unlikely=self.unlikely * factor,
            unfinished=self.unfinished * factor,
            story=self.story * factor,
            time_asked=self.time_asked * factor,
            unread=self.unread,
            unconfirmed=self.unconfirmed,
            late_words=self.late_words,
            keypad=self.keypad * factor,
        )
