"""Requests to providers that failed, each by its kind, and fallbacks that took over, as LiveKit tells of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from typing import Any

from livekit.agents import llm, stt, tts

from mcp_voice.room.livekit_events import handling
from mcp_voice.speech.offers import Choice
from mcp_voice_agent.models.faults import FailingPart, FaultKind, fault_kind
from mcp_voice_agent.models.pipeline import Lineup, ModelEngine, Pipeline
from mcp_voice_agent.telemetry.instruments import Instruments, Labels

__all__ = ["LastFaults", "watched_providers"]

LastFaults = dict[FailingPart, FaultKind]
"""By part, how the last request failed: where all fallbacks have, LiveKit's own error does not say."""

EngineFault = stt.STTError | llm.LLMError | tts.TTSError


class _Watched:
    """The engines of one part."""

    def __init__(self, lineup: Lineup, instruments: Instruments, last: LastFaults) -> None:
        self._lineup = lineup
        self._instruments = instruments
        self._last = last
        self._names = [_name(each) for each in lineup.chosen]
        self._away = set[int]()
        """Places in the order of fallback of those that LiveKit does not ask at present."""

    def expect(self) -> None:
        """Begin to count at 0."""
        for engine in self._lineup.engines:
            self._instruments.watched(self._lineup.part, _labels(engine))
        for whence, whither in pairwise(self._names):
            self._instruments.fell_back(self._lineup.part, whence=whence, whither=whither, by=0)

    def on_error_of(self, engine: ModelEngine) -> Callable[[EngineFault], None]:
        """Take down that a request to this engine has failed."""

        def on_error(fault: EngineFault) -> None:
            kind = self._last[self._lineup.part] = fault_kind(fault.error)
            self._instruments.missed(self._lineup.part, kind, _labels(engine))

        return on_error

    def on_availability(self, event: Any) -> None:
        """Take down that an engine is not asked any more, or is again."""
        place = self._lineup.place(getattr(event, self._lineup.part))
        if event.available:
            self._away.discard(place)
            return
        self._away.add(place)
        rest = [each for each in range(len(self._names)) if each not in self._away]
        if rest:
            whence, whither = self._names[place], self._names[rest[0]]
            self._instruments.fell_back(self._lineup.part, whence=whence, whither=whither)


def _name(choice: Choice) -> str:
    """Without its option: voices are many."""
    return f"{choice.provider}/{choice.model}" if choice.model else choice.provider


def _labels(engine: ModelEngine) -> Labels:
    return Labels(provider=engine.provider, model=engine.model)


@contextmanager
def watched_providers(parts: Pipeline, instruments: Instruments, last: LastFaults) -> Iterator[None]:
    """Count what fails while the block lasts; ``last`` is kept up to date."""
    with ExitStack() as attached:
        for lineup in parts.lineups:
            watched = _Watched(lineup, instruments, last)
            watched.expect()
            for engine in lineup.engines:
                attached.enter_context(handling(engine, error=watched.on_error_of(engine)))
            if lineup.adapter is not None:
                changed = {f"{lineup.part}_availability_changed": watched.on_availability}
                attached.enter_context(handling(lineup.adapter, **changed))
        yield
