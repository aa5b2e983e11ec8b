"""A recogniser that fails: opened anew after every kind of error, and less and less often while it is away."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest
from livekit import rtc
from livekit.agents import Agent, APIConnectionError, ModelSettings
from livekit.agents.stt import SpeechEvent, SpeechEventType

from agents.companion import MOST_DEAF_SECONDS, Companion
from agents.hold import Hold

pytestmark = pytest.mark.anyio


async def nothing(*_: object) -> None:
    """Do nothing."""


class Silence:
    """A microphone without a sound."""

    def __aiter__(self) -> Silence:
        return self

    async def __anext__(self) -> rtc.AudioFrame:
        raise StopAsyncIteration


async def heard(companion: Companion) -> list[SpeechEvent]:
    """What comes of one stream."""
    return [event async for event in companion.stt_node(Silence(), ModelSettings())]


async def test_a_recogniser_that_is_away_is_asked_less_and_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its errors become ones after which LiveKit opens it anew, and a word from it ends the pauses."""
    pauses: list[float] = []
    works = False

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async def stream(*_: object) -> AsyncIterator[SpeechEvent]:
        if works:
            yield SpeechEvent(SpeechEventType.START_OF_SPEECH)
        raise ValueError("what was said")

    monkeypatch.setattr(anyio, "sleep", sleep)
    monkeypatch.setattr(Agent.default, "stt_node", stream)
    companion = Companion(instructions="", greeting="", floor=Hold(nothing, nothing, nothing), tools=[])
    for _ in range(8):
        with pytest.raises(APIConnectionError) as raised:
            await heard(companion)
        assert "what was said" not in str(raised.value)
    assert pauses == [0, 0.5, 1, 2, 4, 8, 8, 8]
    assert pauses[-1] == MOST_DEAF_SECONDS
    works = True
    for _ in range(2):
        with pytest.raises(APIConnectionError):
            await heard(companion)
    assert pauses[-2:] == [0, 0]
