"""How many calls a subject may make, and what it is told beyond that."""

from __future__ import annotations

import math

from mcp_voice.bounds.rate_limit import Limit
from mcp_voice.callers.subjects import Subject
from mcp_voice.errors import BadInput

__all__ = ["rate_of", "too_many_calls"]

BURST_SECONDS = 15.0
"""Of how long a time the calls may come at once."""


def rate_of(subject: Subject) -> Limit:
    """As its entry says."""
    per_second = subject.calls_per_minute / 60
    return Limit(max(1.0, per_second * BURST_SECONDS), per_second)


def too_many_calls(subject: Subject, seconds: float) -> BadInput:
    """That it has to wait for so many seconds."""
    return BadInput(
        f"Too many calls: {subject.name} may make {subject.calls_per_minute:g} a minute.",
        fix=f"Call again in {max(1, math.ceil(seconds))} s. wait_for_reply waits without repeated calls.",
        code="too-many-calls",
    )
