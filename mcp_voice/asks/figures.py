"""What a process counts of its asks and calls, for whoever watches it: numbers alone, nothing of whom or what.

A label's values are a few words of ours; whatever came from outside is counted under a word for the rest.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import get_args

from mcp_voice.error_codes import CODES
from mcp_voice.errors import VoiceError
from mcp_voice.results import Answer, Timing, WaitingFor

__all__ = ["BOUNDS", "STARTING", "WAITED_FOR", "CallFigures", "outcome_word"]

BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Of the buckets, in seconds: from a room that we are in already to a question of 2,000 characters."""
PHASES: Mapping[str, str] = {
    "connect": "connect_ms",
    "first_sound": "first_sound_ms",
    "question": "question_ms",
    "reply": "reply_ms",
    "stt": "stt_ms",
}
"""Of an ask, each with its field of a result's ``timing``."""
LONGEST_MS = 86_400_000
"""No phase counts for more, nor for less than none: a store may hold what nobody of ours wrote."""
OTHER = "other"
STARTING = "start"
"""What an open ask waits for that waits for none of a result's: to be carried out, or to sound."""
WAITED_FOR = (*get_args(WaitingFor), STARTING)
OUTCOMES = ("answered", "left", "cancelled")
"""Of asks that did not fail; each is there at 0."""
REFUSALS = (
    "no_token",
    "invalid_token",
    "invalid_request",
    "insufficient_scope",
    "access_denied",
    "temporarily_unavailable",
    "rate",
    "too_many_open",
    "other_host",
)
"""Why a request, or a call, was not let in; each is there at 0, so that the first one is an increase."""


@dataclass(slots=True)
class Spread:
    """How long something took, so many times."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    """How often within each bound and beyond the one before; the last is beyond all."""
    seconds: float = 0.0

    def add(self, seconds: float) -> None:
        """Once more."""
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds


@dataclass(slots=True, eq=False)
class CallFigures:
    """Of one process, since it started."""

    asks_opened: int = 0
    asks: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(OUTCOMES, 0)))
    """Those that are over, by outcome: a result's status, or the code of an error."""
    phases: dict[str, Spread] = field(default_factory=lambda: {phase: Spread() for phase in PHASES})
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Of tools, by tool and outcome."""
    calls_open: Counter[str] = field(default_factory=Counter)
    """Those that have not returned, by tool."""
    refusals: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(REFUSALS, 0)))
    """Requests, and calls, that were not let in."""
    without_worker: Callable[[], int] | None = None
    """In how many places something is asked that no worker is free for; None where this process needs none."""

    @property
    def asks_open(self) -> int:
        """How many are open now."""
        return self.asks_opened - self.asks.total()

    def ask_opened(self) -> None:
        """Somebody asks something."""
        self.asks_opened += 1

    def ask_ended(self, outcome: Answer | VoiceError | None) -> None:
        """It is over; None: with the process."""
        if isinstance(outcome, Answer):
            self.asks[outcome.status] += 1
            self._time(outcome.timing)
        else:
            self.asks[_code(outcome.code) if outcome else OTHER] += 1

    def call_began(self, tool: str) -> None:
        """A tool is called; ``tool`` is one of ours, or empty."""
        self.calls_open[tool or OTHER] += 1

    def called(self, tool: str, outcome: str) -> None:
        """That call is over."""
        self.calls_open[tool or OTHER] -= 1
        self.calls[tool or OTHER, outcome] += 1

    def refused(self, reason: str) -> None:
        """A request, or a call, was not let in; ``reason`` is a word of ours."""
        self.refusals[reason] += 1

    def _time(self, timing: Timing) -> None:
        for phase, name in PHASES.items():
            milliseconds: int | None = getattr(timing, name)
            if milliseconds is not None:
                self.phases[phase].add(min(max(milliseconds, 0), LONGEST_MS) / 1000)


def outcome_word(outcome: Answer | VoiceError | None) -> str:
    """How an ask ended, as the audit log has it: its status, ``error`` and the code, or ``unknown``."""
    if outcome is None:
        return "unknown"
    return outcome.status if isinstance(outcome, Answer) else f"error {outcome.code}"


def _code(code: str) -> str:
    return code if code in CODES else OTHER
