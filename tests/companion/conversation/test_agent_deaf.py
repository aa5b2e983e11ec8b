"""A recogniser that fails: opened anew after every kind of error, and less and less often while it is away."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest
from livekit import rtc
from livekit.agents import Agent, APIConnectionError, LanguageCode, ModelSettings
from livekit.agents.stt import SpeechData, SpeechEvent, SpeechEventType

from mcp_voice_agent.conversation.companion import MOST_DEAF_SECONDS, Companion
from mcp_voice_agent.conversation.hold import Hold

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


async def test_a_noise_reaches_the_companion_as_no_words_and_takes_interim_ones_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It would be answered, and an answer under way would not go on; what a human says is read as a human reads it."""
    told = [
        (SpeechEventType.INTERIM_TRANSCRIPT, "Thank you"),
        (SpeechEventType.FINAL_TRANSCRIPT, "Untertitel der Amara.org-Community"),
        (SpeechEventType.FINAL_TRANSCRIPT, ""),
        (SpeechEventType.PREFLIGHT_TRANSCRIPT, "[coughing]"),
        (SpeechEventType.FINAL_TRANSCRIPT, "The answer is one of: deploy."),
        (SpeechEventType.FINAL_TRANSCRIPT, "[laughs] YES PLEASE GO AHEAD"),
    ]

    async def stream(*_: object) -> AsyncIterator[SpeechEvent]:
        yield SpeechEvent(SpeechEventType.START_OF_SPEECH)
        for kind, text in told:
            yield SpeechEvent(kind, alternatives=[SpeechData(language=LanguageCode("en"), text=text)])

    monkeypatch.setattr(Agent.default, "stt_node", stream)
    companion = Companion(instructions="", greeting="", floor=Hold(nothing, nothing, nothing), tools=[])
    words = [(each.type, each.alternatives[0].text if each.alternatives else None) for each in await heard(companion)]
    assert words == [
        (SpeechEventType.START_OF_SPEECH, None),
        (SpeechEventType.INTERIM_TRANSCRIPT, "Thank you"),
        (SpeechEventType.INTERIM_TRANSCRIPT, ""),
        (SpeechEventType.FINAL_TRANSCRIPT, ""),
        (SpeechEventType.FINAL_TRANSCRIPT, ""),
        (SpeechEventType.INTERIM_TRANSCRIPT, ""),
        (SpeechEventType.INTERIM_TRANSCRIPT, ""),
        (SpeechEventType.FINAL_TRANSCRIPT, ""),
        (SpeechEventType.FINAL_TRANSCRIPT, "Yes please go ahead"),
    ]
