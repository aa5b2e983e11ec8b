"""Names and words that a recogniser should expect, from the settings and a room's configuration."""

from __future__ import annotations

import logging

import pytest
from livekit import rtc
from livekit.agents import LanguageCode, inference
from livekit.agents.stt import SpeechData, SpeechEvent, SpeechEventType

from mcp_voice.speech.catalogue import choose, make_stt
from mcp_voice_agent.models.heard_words import spoken_of
from mcp_voice_agent.models.keyterms import MOST_TERMS, tell_keyterms
from mcp_voice_agent.models.pipeline import pipeline
from mcp_voice_agent.models.preflight_stt import PreflightSTT
from mcp_voice_agent.room_config.overlay import overlaid
from mcp_voice_agent.room_config.service import RoomConfig
from testkit.agent_settings import bare_environment, given
from testkit.openai_server import openai_server

pytestmark = pytest.mark.anyio

TERMS = "Kowalski, Nordlicht GmbH, , Kowalski"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the test only."""
    bare_environment(monkeypatch)


async def test_an_openai_recogniser_is_given_the_terms_in_its_prompt() -> None:
    """As whisper wants them."""
    async with openai_server() as server:
        settings = given(openai_base_url=server.base_url, stt="openai/whisper-1", agent_keyterms=TERMS)
        async with pipeline(settings, inference.VAD()) as parts:
            assert isinstance(parts.stt, PreflightSTT)
            await parts.stt.wrapped_stt.recognize(rtc.AudioFrame.create(16_000, 1, 16_000))
        assert server.transcriptions.asked[-1].prompt == "Kowalski, Nordlicht GmbH"


def test_a_recogniser_that_says_the_list_back_has_heard_nothing() -> None:
    """Whisper does so with noise; one of the terms is what somebody said."""
    terms = ["Kowalski", "Nordlicht GmbH", "Babbage"]

    def heard(text: str) -> str:
        data = SpeechData(language=LanguageCode("en"), text=text)
        event = SpeechEvent(SpeechEventType.FINAL_TRANSCRIPT, alternatives=[data])
        return [each.alternatives[0].text for each in spoken_of(event, keyterms=terms)][-1]

    assert heard("Kowalski, Nordlicht GmbH, Babbage.") == ""
    assert heard("Mister Kowalski, please.") == "Mister Kowalski, please."
    assert heard("Babbage.") == "Babbage."


@pytest.mark.parametrize(
    ("model", "terms", "words"),
    [("nova-3", ["Kowalski", "Nordlicht GmbH"], []), ("nova-2", [], [("Kowalski", 1.0), ("Nordlicht GmbH", 1.0)])],
)
async def test_deepgram_is_given_the_terms_by_the_name_that_the_model_knows(
    model: str, terms: list[str], words: list[tuple[str, float]]
) -> None:
    """nova-3 refuses keywords, older models refuse key terms."""
    settings = given(deepgram_api_key="a-key-of-a-provider", stt=f"deepgram/{model}:en")
    choice = choose(settings, "stt")
    engine = make_stt(settings, choice)
    tell_keyterms(engine, choice, TERMS)
    asked = engine._opts  # type: ignore[attr-defined]  # it is sent to Deepgram only
    assert (list(asked.keyterm), asked.keywords) == (terms, words)
    await engine.aclose()


async def test_a_recogniser_that_takes_none_is_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG, and nothing of the terms, which may be names of people."""
    settings = given(stt="offline")
    choice = choose(settings, "stt")
    engine = make_stt(settings, choice)
    with caplog.at_level(logging.DEBUG, logger="mcp_voice_agent.models.keyterms"):
        tell_keyterms(engine, choice, TERMS)
        tell_keyterms(engine, choice, "")
    assert [record.getMessage() for record in caplog.records] == ["offline takes no key terms"]
    await engine.aclose()


def test_a_rooms_terms_come_before_those_of_the_settings() -> None:
    """They matter most where a recogniser takes only so many."""
    config = RoomConfig.model_validate({"keyterms": ["Ada Lovelace", " Babbage "]})
    assert overlaid(given(agent_keyterms="Kowalski"), config).agent_keyterms == "Ada Lovelace,Babbage,Kowalski"
    assert MOST_TERMS == 100


@pytest.mark.parametrize("terms", [["a,b"], ["x" * 51], [""], ["line\nbreak"], ["x"] * 101, "Kowalski"])
def test_terms_that_are_none_are_refused(terms: object) -> None:
    """A configuration with them is not used, and a log line says why."""
    with pytest.raises(ValueError, match="keyterms"):
        RoomConfig.model_validate({"keyterms": terms})
