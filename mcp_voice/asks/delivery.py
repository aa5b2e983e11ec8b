"""How a question was spoken."""

from __future__ import annotations

from dataclasses import dataclass

from mcp_voice.errors import VoiceError
from mcp_voice.results import Timing

__all__ = ["QuestionDelivery"]


@dataclass(eq=False)
class QuestionDelivery:
    """What is known of it so far. Instants are ``time.monotonic()`` seconds."""

    spoken: str = ""
    """What sounded of it, which may be nothing; empty until ``was_spoken``."""
    was_spoken: bool = False
    """Whether it has been spoken, to its end or until somebody spoke over it."""
    interrupted: bool = False
    """Whether somebody began to answer before it ended."""
    connect_ms: int | None = None
    """Milliseconds that entering the room took."""
    first_sound_at: float | None = None
    question_ms: int | None = None
    """Milliseconds from its first sound to its last one."""
    trouble: VoiceError | None = None
    """Why nobody has heard it so far, though somebody was there."""

    @property
    def has_begun(self) -> bool:
        """Whether anything of it has sounded."""
        return self.first_sound_at is not None

    def timing(self, *, opened_at: float) -> Timing:
        """As a result tells it, of an ask that was opened then."""
        first_sound = None if self.first_sound_at is None else round((self.first_sound_at - opened_at) * 1000)
        return Timing(connect_ms=self.connect_ms, first_sound_ms=first_sound, question_ms=self.question_ms)
