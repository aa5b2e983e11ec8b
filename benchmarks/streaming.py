"""The companion's conversation with models that stream as cloud models do; what is measured is ``companion``'s."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.companion import converse
from benchmarks.models import Delays
from benchmarks.stage import Stage
from benchmarks.workers import WORKERS

__all__ = ["DELAYS", "measure"]

DELAYS = Delays(stt=0.15, llm=0.2, tts=0.06, streaming=True)


async def measure(stage: Stage, *, samples: int, kinds: Sequence[str] = tuple(WORKERS)) -> dict[str, Any]:
    """Three times as many turns as samples, and twice as many sentences with a pause, of which none may be cut off."""
    return await converse(stage, DELAYS, turns=3 * samples, pauses=2 * samples, kinds=kinds)
