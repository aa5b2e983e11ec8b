"""A configuration service and settings that lead to it, as fixtures of several files."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from testkit.agent_settings import bare_environment
from testkit.config_service import ConfigService, config_service
from testkit.room_configs import Given, leading_to

__all__ = ["heard", "service", "settings"]


@pytest.fixture(autouse=True)
def heard(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    """What is logged, in an environment without settings."""
    bare_environment(monkeypatch)
    caplog.set_level(logging.DEBUG, logger="mcp_voice_agent")
    return caplog


@pytest.fixture
async def service() -> AsyncIterator[ConfigService]:
    """A configuration service."""
    async with config_service() as running:
        yield running


@pytest.fixture
def settings(service: ConfigService, tmp_path: Path) -> Given:
    """Settings that lead to the service, with a cache of the test's own."""
    return leading_to(service, tmp_path)
