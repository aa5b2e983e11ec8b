"""A room's configuration as a service has it, settings that lead to the service, and why the defaults were used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcp_voice_agent.settings import AgentSettings
from testkit.agent_settings import given
from testkit.config_service import ConfigService

__all__ = ["PATIENT", "SECRET", "TOKEN", "WHOLE", "Given", "leading_to", "reason"]

TOKEN = "a-token-of-the-service"
SECRET = "what-the-body-says"
PATIENT = 20.0
WHOLE: dict[str, Any] = {
    "system_prompt": "You sell bicycles.",
    "name": "Ada",
    "greeting": "Good morning!",
    "model": "groq/llama-3.1-8b-instant",
    "voice": "coral",
    "temperature": 35,
    "response_length": "short",
    "keyterms": ["Ada Lovelace"],
    "language": "de-CH",
    "tools": ["query_database"],
    "mode": "pipeline",
}
Given = Callable[..., AgentSettings]


def leading_to(service: ConfigService, folder: Path) -> Given:
    """Makes settings that lead to the service, with a cache in the folder."""

    def make(**fields: Any) -> AgentSettings:
        return given(**{"agent_config_url": service.url, "cache_dir": folder, "agent_config_seconds": PATIENT} | fields)

    return make


def reason(heard: pytest.LogCaptureFixture) -> str:
    """The one line that says why the defaults are used."""
    (line,) = [each for each in heard.messages if each.endswith("the defaults are used")]
    assert SECRET not in heard.text
    assert TOKEN not in heard.text
    return line
