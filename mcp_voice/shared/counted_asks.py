"""The asks that were opened by calls of this process, counted for whoever watches it, whoever carries them out."""

from __future__ import annotations

import time

from mcp_voice.asks.figures import CallFigures
from mcp_voice.errors import StoreError, VoiceError
from mcp_voice.results import Answer
from mcp_voice.shared.failures import raised
from mcp_voice.shared.giving_up import answer_in, cancelled
from mcp_voice.store.records import State

__all__ = ["CountedAsks"]

FORGOTTEN_SECONDS = 120.0
"""After its time is over an ask whose end no call has seen counts as over."""


class CountedAsks:
    """Those of one subject."""

    def __init__(self, figures: CallFigures) -> None:
        self._figures = figures
        self._open: dict[str, float] = {}
        """When each is over at the latest (``time.monotonic()`` seconds)."""

    def opened(self, state: State) -> None:
        """A call has opened it."""
        now = time.monotonic()
        for each in [each for each, until in self._open.items() if until < now]:
            del self._open[each]
            self._figures.ask_ended(None)
        self._open[state.request.id] = now + 2 * state.request.open_seconds + FORGOTTEN_SECONDS
        self._figures.ask_opened()

    def saw(self, state: State) -> None:
        """A call has seen it as it is now."""
        if not state.is_open and self._open.pop(state.request.id, None) is not None:
            self._figures.ask_ended(_outcome(state))


def _outcome(state: State) -> Answer | VoiceError:
    told = state.outcome
    if told is not None and told.failure is not None:
        return raised(told.failure)
    try:
        return cancelled(state) if told is None or told.result is None else answer_in(told.result)
    except StoreError as error:
        return error  # whoever waits for it is told the same
