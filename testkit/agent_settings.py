"""The companion's settings for a test: what it gives, and nothing from the environment."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_voice.settings import load, variable
from mcp_voice_agent.settings import AgentSettings

__all__ = ["bare_environment", "given"]


def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every variable away that sets something."""
    for name in AgentSettings.model_fields:
        monkeypatch.delenv(variable(name, AgentSettings), raising=False)


def given(**fields: Any) -> AgentSettings:
    """Settings with nothing but what is given, once the environment is bare."""
    return load(AgentSettings, _env_file=None, **fields)
