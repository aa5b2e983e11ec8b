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
    "warm_open": "a warm room in which nobody is asked, its microphone open: CPU and memory of our process",
    "warm_muted": "… its microphone muted",
    "warm_none": "… nobody's microphone there",
    "listening_open": "a room in which a question waits for its answer",
    "speaking_open": "a room in which a question is spoken",
}
OPEN = ("warm_open", "listening_open", "speaking_open")


def cost_rows(measured: dict[str, Any]) -> Iterator[Row]:
    """One for each state; then the same through a worker, and what it costs the LiveKit server."""
    ours, floor = measured["ours"], measured["floor"]
    for state, what in STATES.items():
        target, met = "", None
        if state.startswith("warm"):
            target, met = f"≤ {WARM_PERCENT} %", ours[state] <= WARM_PERCENT
        elif state.startswith("listening"):
            target, met = f"≤ {LISTENING_TIMES} times the floor", ours[state] <= LISTENING_TIMES * floor[state]
        yield Row(
            what,
            f"{ours[state]:.1f} % of a core{_memory(measured, 'ours', state)} "
            f"(the SDK's floor: {floor[state]:.1f} %{_memory(measured, 'floor', state)})",
            f"{measured['session'][state]:.1f} %{_memory(measured, 'session', state)}",
            target,
            met,
        )
    yield Row(
        "… through a worker, with a process for each room: warm; while a question waits; while one is spoken",
        "; ".join(f"{measured['worker'][state]:.1f} %{_memory(measured, 'worker', state)}" for state in OPEN),
    )
    yield Row(
        "… CPU of the LiveKit server: one person there, the microphone open; with us, warm; while a question waits; "
        "while one is spoken",
        "; ".join(f"{measured['server'][state]:.1f} %" for state in ("people_open", *OPEN)),
    )


def _memory(measured: dict[str, Any], kind: str, state: str) -> str:
    found = measured["memory_mb"][kind].get(state)
    return "" if found is None else f", {found:.1f} MB"
