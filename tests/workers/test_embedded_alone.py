"""A worker without a LiveKit server of its own."""

from __future__ import annotations

import logging

import pytest
from pydantic import SecretStr

from mcp_voice.settings import load
from mcp_voice.workers.server import _check
from mcp_voice.workers.settings import WorkerSettings


def test_a_worker_without_livekit_url_says_that_it_serves_this_machine_alone(caplog: pytest.LogCaptureFixture) -> None:
    """It looks healthy, and carries out nothing of other machines."""
    store = SecretStr("redis://127.0.0.1:1")
    with caplog.at_level(logging.WARNING):
        _check(load(WorkerSettings, store=store, livekit_url="ws://127.0.0.1:1", _env_file=None))
        assert not caplog.records
        _check(load(WorkerSettings, store=store, _env_file=None))
    assert "LIVEKIT_URL is not set" in caplog.text
