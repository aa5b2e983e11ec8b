"""Which speech provider is used, and what is said when it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from livekit.agents.utils import http_context

from mcp_voice.errors import BadSettings
from mcp_voice.models import MOONSHINE_TINY_EN, found
from mcp_voice.settings import Settings, load, variable
from mcp_voice.speech.catalogue import (
    SPEECH_TO_TEXT,
    TEXT_TO_SPEECH,
    Direction,
    choose,
    make_stt,
    make_tts,
    preload,
)
from mcp_voice.speech.offers import Choice
from mcp_voice.speech.providers.cartesia import VOICE as CARTESIA_VOICE
from testkit.piper_voices import joe

KEY = "a-key-of-a-provider"
LOCAL = "http://127.0.0.1:9/v1"
DIRECTIONS: tuple[Direction, ...] = ("stt", "tts")


def offering(direction: Direction) -> list[str]:
    """The providers of one direction, in their order."""
    return list(SPEECH_TO_TEXT.offers if direction == "stt" else TEXT_TO_SPEECH.offers)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """Settings with nothing but what is given."""
    for field in Settings.model_fields:
        monkeypatch.delenv(variable(field), raising=False)

    def settings(**fields: Any) -> Settings:
        return load(Settings, _env_file=None, **fields)

    return settings


def refused(settings: Settings, direction: Direction) -> str:
    """What is said instead of a choice."""
    with pytest.raises(BadSettings) as caught:
        choose(settings, direction)
    assert KEY not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("keys", "stt", "tts"),
    [
        ((), "offline", "offline"),
        (("openai",), "openai/gpt-4o-mini-transcribe", "openai/gpt-4o-mini-tts:alloy"),
        (("deepgram",), "deepgram/nova-3", "deepgram/aura-2-andromeda-en"),
        (("cartesia",), "offline", f"cartesia/sonic-3:{CARTESIA_VOICE}"),
        (("cartesia", "openai"), "openai/gpt-4o-mini-transcribe", f"cartesia/sonic-3:{CARTESIA_VOICE}"),
        (("deepgram", "cartesia", "openai"), "deepgram/nova-3", "deepgram/aura-2-andromeda-en"),
    ],
)
def test_unset_the_best_provider_that_has_a_key_is_chosen(
    keys: tuple[str, ...], stt: str, tts: str, given: Callable[..., Settings]
) -> None:
    """A key in the environment is all that a user needs to give."""
    settings = given(**{f"{key}_api_key": KEY for key in keys})
    assert (choose(settings, "stt").label, choose(settings, "tts").label) == (stt, tts)


def test_a_local_server_needs_no_key(given: Callable[..., Settings]) -> None:
    """Any OpenAI-compatible server, one for both directions or one each."""
    assert choose(given(openai_base_url=LOCAL), "stt").provider == "openai"
    assert choose(given(stt_base_url=LOCAL), "stt").provider == "openai"
    assert choose(given(stt_base_url=LOCAL), "tts").provider == "offline"
    assert choose(given(tts_base_url=LOCAL, tts="openai/kokoro:af_sky"), "tts").label == "openai/kokoro:af_sky"


def test_the_reason_for_a_choice_is_told(given: Callable[..., Settings]) -> None:
    """`doctor` and the log show it."""
    assert choose(given(), "stt").why == "MCP_VOICE_STT is not set; no provider has a key"
    assert choose(given(openai_api_key=KEY), "tts").why.startswith("MCP_VOICE_TTS is not set; openai is the first")
    assert choose(given(tts="offline"), "tts").why == "MCP_VOICE_TTS is set"


@pytest.mark.parametrize(
    ("direction", "wanted", "label"),
    [
        ("stt", "openai/whisper-1", "openai/whisper-1"),
        ("stt", "openai/whisper-1:de", "openai/whisper-1:de"),
        ("stt", "openai", "openai/gpt-4o-mini-transcribe"),
        ("stt", " deepgram/nova-3:en ", "deepgram/nova-3:en"),
        ("tts", "openai/tts-1:alloy", "openai/tts-1:alloy"),
        ("tts", "openai/tts-1", "openai/tts-1:alloy"),
        ("tts", f"cartesia/sonic-3:{CARTESIA_VOICE}", f"cartesia/sonic-3:{CARTESIA_VOICE}"),
        ("tts", "offline", "offline"),
    ],
)
def test_choices_are_written_in_livekits_form(
    direction: Direction, wanted: str, label: str, given: Callable[..., Settings]
) -> None:
    """provider/model:voice and provider/model:language, with defaults for what is left out."""
    settings = given(openai_api_key=KEY, deepgram_api_key=KEY, cartesia_api_key=KEY, **{direction: wanted})
    assert choose(settings, direction).label == label


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_an_unknown_provider_is_refused_with_those_there_are(
    direction: Direction, given: Callable[..., Settings]
) -> None:
    """A typing mistake is repaired from the message alone."""
    text = refused(given(**{direction: "whisper/large"}), direction)
    assert f"MCP_VOICE_{direction.upper()}: unknown provider 'whisper'" in text
    assert f"Use one of {', '.join(offering(direction))}, as in" in text


def test_a_provider_without_recognition_is_not_offered_for_it(given: Callable[..., Settings]) -> None:
    """Cartesia speaks only."""
    text = refused(given(cartesia_api_key=KEY, stt="cartesia/ink"), "stt")
    assert "Use one of deepgram, openai, offline" in text


@pytest.mark.parametrize(
    ("direction", "wanted", "known"),
    [
        ("stt", "openai/whisper-9", "whisper-1"),
        ("tts", "cartesia/sonic-99", "sonic-3"),
        ("stt", "deepgram/x", "nova-3"),
    ],
)
def test_an_unknown_model_is_refused_with_those_there_are(
    direction: Direction, wanted: str, known: str, given: Callable[..., Settings]
) -> None:
    """Before anything is spoken, not by the provider's 404."""
    settings = given(openai_api_key=KEY, deepgram_api_key=KEY, cartesia_api_key=KEY, **{direction: wanted})
    text = refused(settings, direction)
    assert repr(wanted.partition("/")[2]) in text
    assert known in text


def test_offline_takes_no_model(given: Callable[..., Settings]) -> None:
    """There is one engine each."""
    assert "takes no model" in refused(given(stt="offline/large"), "stt")


@pytest.mark.parametrize(
    ("direction", "wanted", "key"),
    [
        ("stt", "openai/whisper-1", "OPENAI_API_KEY"),
        ("tts", "cartesia/sonic-3", "CARTESIA_API_KEY"),
        ("tts", "deepgram", "DEEPGRAM_API_KEY"),
    ],
)
def test_a_missing_key_is_named_by_its_variable(
    direction: Direction, wanted: str, key: str, given: Callable[..., Settings]
) -> None:
    """And the way out without one."""
    text = refused(given(**{direction: wanted}), direction)
    assert f"{key} is not set" in text
    assert f"MCP_VOICE_{direction.upper()} to another provider" in text


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("direction", "name"),
    [(way, name) for way in DIRECTIONS for name in offering(way)],
)
async def test_every_row_of_the_table_can_be_made(
    direction: Direction, name: str, given: Callable[..., Settings]
) -> None:
    """With LiveKit's real plugins, whose constructors change between releases."""
    places = {"tts": joe(), "stt": found(MOONSHINE_TINY_EN, given())}
    wanted = f"local/{places[direction]}" if name == "local" else name
    settings = given(openai_api_key=KEY, deepgram_api_key=KEY, cartesia_api_key=KEY, **{direction: wanted})
    choice: Choice = choose(settings, direction)
    await preload(choice)
    async with http_context.open():
        if direction == "tts":
            voice = make_tts(settings, choice)
            assert voice.num_channels == 1
            await voice.aclose()
        else:
            recogniser = make_stt(settings, choice)
            for choices in (["Postgres", "MySQL"], []):
                SPEECH_TO_TEXT.offers[name].expect(recogniser, choices)
            await recogniser.aclose()
