"""The seven voice names and the temperature, as each provider has them."""

from __future__ import annotations

import uuid
from typing import get_args

import pytest
from livekit.plugins.cartesia.models import TTSDefaultVoiceId
from livekit.plugins.deepgram.models import TTSModels as DeepgramVoices
from openai.types.audio import speech_create_params
from openai.types.realtime import realtime_audio_config_output

from mcp_voice.speech.catalogue import TEXT_TO_SPEECH
from mcp_voice_agent.models.voices import (
    NAMES,
    REALTIME,
    VOICES,
    is_listed,
    llm_temperature,
    own_voice,
    realtime_temperature,
)


def spelled_out(union: object) -> set[str]:
    """The strings that a type of the OpenAI client names."""
    return {name for part in get_args(union) for name in get_args(part) if isinstance(name, str)}


@pytest.mark.parametrize("provider", VOICES)
def test_every_provider_has_all_seven_voices(provider: str) -> None:
    """A configuration must not have to know which provider is in use, and seven names are seven voices."""
    own = [own_voice(provider, name) for name in NAMES]
    assert len(set(own)) == len(NAMES) == 7
    assert all(is_listed(provider, name) for name in NAMES)


def test_openai_has_the_voices_under_these_names() -> None:
    """The client's own list says so."""
    assert {own_voice("openai", name) for name in NAMES} <= spelled_out(speech_create_params.Voice)


def test_the_realtime_api_has_others_for_three_of_them() -> None:
    """A session with a voice that is not there is refused; the client's list says which are."""
    there = spelled_out(realtime_audio_config_output.Voice)
    assert "alloy" in there
    assert {name for name in NAMES if own_voice(REALTIME, name) != name} == {"fable", "onyx", "nova"}
    assert not {"fable", "onyx", "nova"} & there
    assert {own_voice(REALTIME, name) for name in NAMES} <= there


def test_deepgrams_are_models_that_its_plugin_or_our_table_knows() -> None:
    """A voice is a model there."""
    known = {*get_args(DeepgramVoices), *TEXT_TO_SPEECH.offers["deepgram"].models}
    assert {own_voice("deepgram", name) for name in NAMES} <= known


def test_cartesias_are_ids_and_the_first_is_its_plugins_default() -> None:
    """An id with a slip of the pen would be refused at the first sentence."""
    assert all(str(uuid.UUID(own_voice("cartesia", name))) == own_voice("cartesia", name) for name in NAMES)
    assert own_voice("cartesia", "alloy") == TTSDefaultVoiceId


@pytest.mark.parametrize("provider", [*VOICES, "offline", "another"])
def test_other_names_go_to_the_provider_as_they_are(provider: str) -> None:
    """Providers have hundreds, and servers of one's own have theirs."""
    assert own_voice(provider, "af_Bella+af_Sky") == "af_Bella+af_Sky"
    assert not is_listed(provider, "af_Bella+af_Sky")


def test_capital_letters_do_not_matter_in_the_seven() -> None:
    """People write Alloy, as in the providers' lists."""
    assert own_voice("deepgram", "Echo") == own_voice("deepgram", "echo")
    assert is_listed("openai", "ALLOY")
    assert own_voice("openai", "ALLOY") == "alloy"


@pytest.mark.parametrize(
    ("percent", "realtime", "llm"), [(0, 0.6, 0.0), (25, 0.75, 0.5), (50, 0.9, 1.0), (75, 1.05, 1.5), (100, 1.2, 2.0)]
)
def test_a_temperature_in_percent_is_a_straight_line(percent: float, realtime: float, llm: float) -> None:
    """Exactly these numbers go over the wire."""
    assert realtime_temperature(percent) == realtime
    assert llm_temperature(percent) == llm


def test_a_temperature_beyond_the_scale_is_its_end() -> None:
    """Providers refuse a request for that."""
    assert (realtime_temperature(-5), realtime_temperature(500)) == (0.6, 1.2)
    assert (llm_temperature(-5), llm_temperature(500)) == (0.0, 2.0)


def test_anthropic_gets_no_temperature_that_it_refuses() -> None:
    """Its scale ends at 1, where that of the others goes on to 2."""
    assert [llm_temperature(percent, "anthropic") for percent in (0, 25, 50, 75, 100)] == [0.0, 0.5, 1.0, 1.0, 1.0]
    assert llm_temperature(100, "groq") == 2.0
