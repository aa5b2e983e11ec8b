"""The companion's settings for a test: what it gives, and nothing from the environment."""

from __future__ import annotations

from typing import Any

import pytest

from agents.settings import AgentSettings
from mcp_voice.settings import load

__all__ = ["bare_environment", "given"]


def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every variable away that sets something."""
    for name, field in AgentSettings.model_fields.items():
        alias = field.validation_alias
        monkeypatch.delenv(alias if isinstance(alias, str) else f"MCP_VOICE_{name.upper()}", raising=False)


def given(**fields: Any) -> AgentSettings:
    """Settings with nothing but what is given, once the environment is bare."""
    return load(AgentSettings, _env_file=None, **fields)
