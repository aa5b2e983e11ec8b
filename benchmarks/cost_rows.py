"""The rows of what a room costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.row import Row

__all__ = ["cost_rows"]

LISTENING_TIMES = 1.3
"""What listening may cost, beside the SDK's floor."""
WARM_PERCENT = 0.5
STATES = {
    "warm_open": ("a warm room in which nobody is asked, its microphone open: CPU of our process", "listening_open"),
    "warm_muted": ("… its microphone muted", "listening_muted"),
    "warm_none": ("… nobody's microphone there", "listening_none"),
    "listening": ("a room in which a question waits for its answer", "listening_open"),
    "speaking": ("a room in which a question is spoken", "speaking"),
}
"""For each state of ours what it is, and what the others do meanwhile."""


def cost_rows(measured: dict[str, Any]) -> Iterator[Row]:
    """One for each state, and the memory."""
    ours, session, floor = measured["ours"], measured["session"], measured["floor"]
    for state, (what, theirs) in STATES.items():
        target, met = "", None
        if state.startswith("warm"):
            target, met = f"≤ {WARM_PERCENT} %", ours[state] <= WARM_PERCENT
        elif state == "listening":
            target, met = f"≤ {LISTENING_TIMES} times the floor", ours[state] <= LISTENING_TIMES * floor[theirs]
        yield Row(
            what,
            f"{ours[state]:.1f} % of a core (the SDK's floor: {floor[theirs]:.1f} %)",
            f"{session[theirs]:.1f} %",
            target,
            met,
        )
    yield Row("… and its memory", f"{ours['memory_mb']:.1f} MB")
