"""The line that a process logs at its start: all that an operator looks for, and nothing secret."""

from __future__ import annotations

import logging

import pytest
from pydantic import SecretStr

from mcp_voice.logs.start_line import tell_start
from mcp_voice.settings import load

SECRETS = ("hunter2", "k" * 32, "t" * 32, "l" * 32)


def test_it_names_livekit_the_store_who_speaks_and_who_may_call(caplog: pytest.LogCaptureFixture) -> None:
    """Without a login, a key or a token."""
    settings = load(
        livekit_url="wss://livekit.example.com",
        livekit_api_secret=SecretStr(SECRETS[3]),
        store=SecretStr(f"rediss://mcp:{SECRETS[0]}@redis.example.com:6380/0"),
        store_key=SecretStr(SECRETS[1]),
        workers=True,
        http_tokens=SecretStr(f"ops={SECRETS[2]}"),
        _env_file=None,
    )
    with caplog.at_level(logging.INFO):
        tell_start(settings, "MCP over HTTP at http://127.0.0.1:8765/mcp", subjects=["ops", "sales"])
    (line,) = caplog.messages
    assert line.split("; ") == [
        "start: MCP over HTTP at http://127.0.0.1:8765/mcp",
        "LiveKit: wss://livekit.example.com",
        "store: rediss redis.example.com:6380, encrypted",
        "sound: ask workers",
        "subjects: ops, sales",
    ]
    assert not [secret for secret in SECRETS if secret in caplog.text]


def test_without_settings_it_says_what_holds_then(caplog: pytest.LogCaptureFixture) -> None:
    """One machine, one process."""
    with caplog.at_level(logging.INFO):
        tell_start(load(_env_file=None), "MCP on stdio")
    assert caplog.messages == ["start: MCP on stdio; LiveKit: embedded, on this machine; store: memory of this process"]


@pytest.mark.parametrize(
    ("share", "told"),
    [(0.7, "until 70% of this machine is in use"), (1.0, "at any load of this machine")],
)
def test_that_of_a_worker_says_when_it_is_full(share: float, told: str, caplog: pytest.LogCaptureFixture) -> None:
    """LiveKit's own line is only that it is "at full capacity"."""
    with caplog.at_level(logging.INFO):
        tell_start(load(_env_file=None), "worker", load=share)
    assert caplog.messages[0].endswith(f"; takes rooms {told} (MCP_VOICE_WORKER_LOAD)")
