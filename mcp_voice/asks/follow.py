"""A call that waits for an ask: every change is reported until the ask is over or the call's time is."""

from __future__ import annotations

import time

import anyio

from mcp_voice.asks.ask import Ask
from mcp_voice.asks.hints import NEXT_ENDING, UNDER_WAY, Phase
from mcp_voice.progress import REPORT_SECONDS, Report
from mcp_voice.results import Answer

__all__ = ["UNDER_WAY_SECONDS", "follow", "hang_up", "remaining"]

UNDER_WAY_SECONDS = 30.0
"""How long a call that does not want to wait still waits for the question to begin."""


async def follow(ask: Ask, wait_seconds: float, report: Report) -> Answer:
    """Wait for the outcome; raises the VoiceError that the ask ended with. ``wait_seconds`` 0 waits until it began."""
    enough: tuple[Phase, ...] = ()
    if wait_seconds == 0:
        wait_seconds, enough = UNDER_WAY_SECONDS, UNDER_WAY
    with anyio.move_on_after(wait_seconds):
        while ask.outcome is None and not ask.is_let_go and ask.phase not in enough:
            change = ask.change
            await report(ask.progress())
            with anyio.move_on_after(REPORT_SECONDS):
                await change.wait()
    answer = ask.answer()
    if ask.outcome is None and ask.is_let_go:
        # Nothing outlives this process, so no later call could find the question.
        return answer.model_copy(update={"next": NEXT_ENDING})
    return answer


async def hang_up(ask: Ask, seconds: float) -> None:
    """Withdraw an ask whose only call was cancelled, unless another one waits for it within so many seconds."""
    calls = ask.calls
    with anyio.move_on_after(seconds):
        while ask.outcome is None and ask.calls == calls:
            await ask.change.wait()
    if ask.outcome is None and ask.calls == calls:
        ask.scope.cancel()


def remaining(wait_seconds: float, begun: float) -> float:
    """What is left of a wait since ``begun``: at least a second, and 0 stays 0."""
    return wait_seconds and max(1.0, wait_seconds - (time.monotonic() - begun))
