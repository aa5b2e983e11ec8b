"""The settings of the webhooks: what would fail in the middle of a conversation is refused at the start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest
from livekit.agents import AgentSession, llm

from mcp_voice.errors import BadSettings
from mcp_voice_agent.webhooks import voice_tools
from testkit.agent_settings import bare_environment, given

SECRET = "s3cret-7f"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"webhook_url": f"https://bob:{SECRET}@example.com"}, "WEBHOOK_URL: must be an address without user"),
        ({"webhook_url": f"https://example.com?key={SECRET}"}, "WEBHOOK_URL: must be an address without user"),
        ({"webhook_url": "https://example.com:99999"}, "WEBHOOK_URL: Port out of range"),
        ({"webhook_url": "n8n:5678"}, "WEBHOOK_URL: must look like https://"),
        ({"webhook_secret": f"{SECRET}\r\nX-Other: 1"}, "WEBHOOK_SECRET: must be one line"),
        ({"webhook_signing_key": SECRET}, "WEBHOOK_SIGNING_KEY: must have at least 16 characters"),
        ({"webhook_signing_key": f"{SECRET * 4}\n"}, "WEBHOOK_SIGNING_KEY: must be one line"),
        ({"webhook_header": "X Key"}, "WEBHOOK_HEADER: must be letters, digits and hyphens"),
        ({"webhook_email_path": "execute-gmail"}, "WEBHOOK_EMAIL_PATH: must begin with /"),
        ({"webhook_seconds": 0}, "WEBHOOK_SECONDS: must be a number above 0, up to 60, not 0"),
    ],
)
def test_what_cannot_work_is_refused_without_its_value(
    monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], told: str
) -> None:
    """The variable is named, and no secret is shown."""
    bare_environment(monkeypatch)
    with pytest.raises(BadSettings) as raised:
        given(**fields)
    assert told in str(raised.value)
    assert SECRET not in str(raised.value)


class Nobody:
    """A floor that nobody takes."""

    async def free(self) -> None:
        """At once."""


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("allowed", "names"),
    [
        ("reading", {"query_database", "weather"}),
        (("send_email",), {"send_email", "confirm_action"}),
        (None, {"query_database", "send_email", "weather", "book", "confirm_action"}),
    ],
)
async def test_reading_tools_are_those_that_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    allowed: tuple[str, ...] | Literal["reading"] | None,
    names: set[str],
) -> None:
    """What a room without its configuration may use: a lookup, and what is declared with `read`."""
    bare_environment(monkeypatch)
    entry = {"description": "Does it.", "url": "https://example.com/x"}
    declared = [{"name": "weather", "read": True, **entry}, {"name": "book", **entry}]
    file = tmp_path / "tools.json"
    file.write_text(json.dumps({"tools": declared}), encoding="utf-8")
    settings = given(webhook_url="https://example.com", agent_tools_file=file)
    async with voice_tools(
        settings,
        room_name="lobby",
        identity=lambda: "alice",
        floor=Nobody(),
        session=AgentSession[None](),
        allowed=allowed,
    ) as tools:
        assert set(llm.ToolContext(tools).function_tools) == names
