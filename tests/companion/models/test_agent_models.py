"""Which language model is used, and what is said when none can be."""

from __future__ import annotations

import pytest

from mcp_voice.errors import BadSettings
from mcp_voice.speech.offers import Catalogue, Choice
from mcp_voice_agent.models.llm import LANGUAGE_MODELS, chosen_models
from testkit.agent_settings import given

LOCAL = "http://127.0.0.1:9/v1"
KEY = "a-key-of-a-provider"


def refused(**fields: str) -> str:
    """What is said instead of a choice."""
    with pytest.raises(BadSettings) as caught:
        chosen_models(given(**fields))
    return str(caught.value)


def test_speech_and_language_models_are_chosen_from_one_kind_of_catalogue() -> None:
    """The quickest provider first, each with its default model."""
    assert isinstance(LANGUAGE_MODELS, Catalogue)
    keys = {f"{name}_api_key": KEY for name in LANGUAGE_MODELS.offers}
    assert [each.label for each in chosen_models(given(**keys))] == [
        "groq/llama-3.1-8b-instant",
        "openai/gpt-4.1-mini",
        "anthropic/claude-haiku-4-5",
    ]


def test_a_models_name_may_hold_colons_and_slashes() -> None:
    """As Ollama's and Hugging Face's do."""
    settings = given(llm_base_url=LOCAL, agent_llm="openai/llama3.1:8b, openai/meta-llama/Llama-3.1-8B")
    assert [each.model for each in chosen_models(settings)] == ["llama3.1:8b", "meta-llama/Llama-3.1-8B"]


def test_without_a_key_it_is_said_what_to_set() -> None:
    """For no provider at all, for one without its key, and for one that there is not."""
    assert "Set MCP_VOICE_AGENT_LLM with the provider's key" in refused()
    text = refused(agent_llm="anthropic/claude-haiku-4-5")
    assert "MCP_VOICE_AGENT_LLM asks for anthropic, but ANTHROPIC_API_KEY is not set." in text
    assert "another provider (groq, openai, anthropic)" in text
    text = refused(agent_llm="claude")
    assert "MCP_VOICE_AGENT_LLM: unknown provider 'claude'. Use one of groq, openai, anthropic, as in" in text


def test_a_choice_knows_the_variable_of_its_key() -> None:
    """Errors of the provider name it."""
    (choice,) = chosen_models(given(groq_api_key=KEY))
    assert choice == Choice("llm", "groq", "llama-3.1-8b-instant", "", choice.why, "GROQ_API_KEY")
