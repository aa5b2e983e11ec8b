"""A configuration as the guides' services answer it: camel case, wrapped, a temperature from 0 to 2."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from mcp_voice_agent.room_config import service
from mcp_voice_agent.room_config.overlay import overlaid
from mcp_voice_agent.room_config.service import RoomConfig
from mcp_voice_agent.settings import AgentSettings
from testkit.agent_settings import bare_environment, given

GUIDES: dict[str, Any] = {
    "name": "Ada",
    "systemPrompt": "You sell bicycles.",
    "voiceModel": "coral",
    "temperature": 0.7,
    "responseLength": "medium",
}
OWN = RoomConfig(
    name="Ada", system_prompt="You sell bicycles.", voice="coral", temperature=35, response_length="medium"
)


@pytest.fixture(autouse=True)
def heard(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    """What is logged, in an environment without settings."""
    bare_environment(monkeypatch)
    caplog.set_level(logging.DEBUG, logger="mcp_voice_agent")
    return caplog


def read(answer: Any) -> RoomConfig:
    """What a service's answer means."""
    return service._checked(json.dumps(answer).encode(), "shop")


def room(config: RoomConfig, **fields: Any) -> AgentSettings:
    """The settings of a room with that configuration."""
    return overlaid(given(**fields), config)


def test_the_answer_of_the_guides_works_as_it_is(heard: pytest.LogCaptureFixture) -> None:
    """Nobody has to rewrite a service that works with another agent."""
    assert read(GUIDES) == OWN
    assert not heard.text


@pytest.mark.parametrize(
    "wrapped",
    [
        {"data": GUIDES},
        {"config": GUIDES},
        [GUIDES],
        [{"json": GUIDES}],
        {"success": True, "agent": GUIDES},
        {"success": True, "name": "shop", "data": GUIDES},
        {"data": [{"config": GUIDES}]},
        {"ok": True, "message": "found", "result": GUIDES},
    ],
)
def test_what_a_service_puts_around_its_answer_is_taken_off(wrapped: Any) -> None:
    """Databases answer with rows, n8n with items, web frameworks with envelopes."""
    assert read(wrapped) == OWN


@pytest.mark.parametrize(
    "wrapped",
    [
        [GUIDES, GUIDES],
        {"data": []},
        {"data": None},
        {"success": False, "data": GUIDES},
        {"data": {"success": False, "message": "not found"}},
        {"data": GUIDES, "agent": GUIDES},
        {"data": {"data": {"data": {"data": {"data": GUIDES}}}}},
        {"error": "no such agent"},
        {"status": "error", "message": "Workflow execution failed"},
    ],
)
def test_an_answer_without_one_configuration_is_unusable(wrapped: Any) -> None:
    """Taken for an empty configuration, an error would allow a room all tools."""
    with pytest.raises(service._Unusable):
        read(wrapped)


def test_a_field_of_ours_beside_a_wrapper_is_a_configuration_by_itself() -> None:
    """What is called ``data`` in it may be anything."""
    assert read({"greeting": "Hi", "data": {"greeting": "Bye"}}) == RoomConfig(greeting="Hi")


def test_our_own_names_come_before_the_guides(heard: pytest.LogCaptureFixture) -> None:
    """Who writes both means ours; the other is named."""
    both = GUIDES | {"system_prompt": "You sell boats.", "voice": "echo", "response_length": "short"}
    config = read(both)
    assert (config.system_prompt, config.voice, config.response_length) == ("You sell boats.", "echo", "short")
    assert "'responseLength', 'systemPrompt', 'voiceModel'" in heard.text
    assert read({"system_prompt": None, "systemPrompt": "You sell boats."}).system_prompt == "You sell boats."


@pytest.mark.parametrize(
    ("answer", "percent"),
    [
        ({"systemPrompt": "x", "temperature": 0.7}, 35),
        ({"systemPrompt": "x", "temperature": 0}, 0),
        ({"systemPrompt": "x", "temperature": 1}, 50),
        ({"systemPrompt": "x", "temperature": 2}, 100),
        ({"systemPrompt": None, "temperature": 1.5}, 75),
        ({"responseLength": "short", "temperature": 70}, 70),
        ({"system_prompt": "x", "temperature": 0.7}, 35),
        ({"system_prompt": "x", "temperature": 1}, 1),
        ({"system_prompt": "x", "temperature": 2.5}, 2.5),
        ({"system_prompt": "x", "temperature": 70}, 70),
        ({"name": "Ada", "temperature": 1}, 1),
    ],
)
def test_a_temperature_is_a_fraction_up_to_two_or_percent(answer: dict[str, Any], percent: float) -> None:
    """A whole number is a language model's own only beside a field in camel case: 1 percent stays 1 percent."""
    assert read(answer).temperature == percent


@pytest.mark.parametrize("value", [-0.5, 100.5, "0.7", True, [0.7]])
def test_a_temperature_out_of_bounds_is_refused_in_the_guides_form_too(value: object) -> None:
    """The bounds are the same."""
    with pytest.raises(service._Unusable, match=r"^temperature: "):
        read(GUIDES | {"temperature": value})


@pytest.mark.parametrize(
    ("length", "sentence"),
    [
        ("short", "Keep each answer to one or two short sentences."),
        ("Concise", "Keep each answer to one or two short sentences."),
        ("medium", "Answer in two to four sentences."),
        ("LONG", "Answer in detail where the question wants it, in up to eight sentences."),
        (3, "Keep each answer to at most 3 sentences."),
        (1, "Keep each answer to at most 1 sentence."),
        (60, "Keep each answer to at most 60 words."),
        ("60", "Keep each answer to at most 60 words."),
        ("about 40 words", "Keep each answer to at most 40 words."),
        ("2-sentences", "Keep each answer to at most 2 sentences."),
        ("one sentence\nand a question.", "Length of each answer: one sentence and a question."),
        ("0 words", "Length of each answer: 0 words."),
    ],
)
def test_a_response_length_is_a_sentence_for_the_language_model(length: object, sentence: str) -> None:
    """It is read by the model beside the instructions, whoever wrote those."""
    told = room(read({"responseLength": length}), agent_instructions="You sell bicycles.").agent_instructions
    assert told.startswith("You sell bicycles.\n\n")
    assert told.removeprefix("You sell bicycles.\n\n").startswith(sentence)


def test_a_companion_knows_its_name() -> None:
    """Asked who it is, it says that."""
    told = room(read({"name": "  Ada\u202e\n von  Li "}), agent_instructions="You sell bicycles.").agent_instructions
    assert told == "You sell bicycles.\n\nYour name is Ada\ufffd von Li."
    assert room(RoomConfig(system_prompt="You sell boats.", name="Ada")).agent_instructions.startswith(
        "You sell boats."
    )


def test_a_voice_may_name_its_provider(heard: pytest.LogCaptureFixture) -> None:
    """As the guides' own setting for it does; the settings' voice stands behind it."""
    keyed = {"openai_api_key": "k", "agent_tts": "openai/tts-1:onyx"}
    assert (
        room(read({"voiceModel": "openai/tts-1-hd:coral"}), **keyed).agent_tts
        == "openai/tts-1-hd:coral,openai/tts-1:onyx"
    )
    assert room(read({"voiceModel": "cartesia/sonic-3"}), **keyed).agent_tts == "openai/tts-1:onyx"
    assert "CARTESIA_API_KEY is not set" in heard.text
