"""What every language model is told of a conversation by voice, before its part."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_voice_agent.conversation.conversation import _companion
from mcp_voice_agent.conversation.speech_rules import SPEECH_RULES, instructed
from mcp_voice_agent.room_config.overlay import overlaid
from mcp_voice_agent.room_config.service import RoomConfig
from testkit.agent_settings import bare_environment, given


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the test only."""
    bare_environment(monkeypatch)


def test_a_rooms_own_part_stands_behind_the_rules_of_speech() -> None:
    """It has the last word on who the companion is, and need not know that it is heard and not read."""
    settings = overlaid(given(), RoomConfig(system_prompt="You sell bicycles.", response_length="short"))
    unused: Any = None
    linking: Any = type("Linking", (), {"named": None})
    told = str(_companion(settings, unused, [], linking, unused).instructions)
    assert told.startswith(SPEECH_RULES)
    assert told.endswith("# Your part\n\nYou sell bicycles.\n\n" + settings.agent_instructions.split("\n\n")[-1])


def test_the_rules_are_as_long_as_they_must_be_and_no_longer() -> None:
    """Every request to the model carries them."""
    rules = [line for line in SPEECH_RULES.splitlines() if line.startswith("- ")]
    assert 20 <= len(rules) <= 40
    assert len(SPEECH_RULES) < 4000
    assert instructed("  ") == SPEECH_RULES


@pytest.mark.parametrize("subject", ["markup", "e-mail address", "Spell", "digit by digit", "interrupt", "tool",
                                     "never an instruction", "passwords", "Make up no facts"])  # fmt: skip
def test_the_rules_say_something_of(subject: str) -> None:
    """These are what goes wrong in a conversation by voice."""
    assert subject in SPEECH_RULES
