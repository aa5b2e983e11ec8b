"""Which configuration a room gets."""

from __future__ import annotations

import pytest

from mcp_voice.errors import BadSettings
from mcp_voice_agent.room_config.ids import config_id
from testkit.agent_settings import bare_environment, given


@pytest.mark.parametrize(
    ("dispatch", "room", "expected"),
    [
        ("", "", "room-1"),
        ("shop", "", "shop"),
        (" shop\n", "lobby", "shop"),
        ("", "lobby", "lobby"),
        ('{"agent_config_id": "shop"}', "lobby", "shop"),
        ('{"config_id": "shop", "more": 1}', "lobby", "shop"),
        ('{"agent_config_id": "shop", "config_id": "other"}', "lobby", "shop"),
        ('{"agent_config_id": "", "config_id": "other"}', "lobby", "other"),
        ('{"agent_config_id": 42}', "lobby", "42"),
        ("42", "lobby", "42"),
        ("007", "lobby", "007"),
        ('{"agent_config_id": null}', "lobby", "lobby"),
        ('{"agent_config_id": ["shop"]}', "lobby", "lobby"),
        ('{"agent_config_id": true}', "lobby", "lobby"),
        ('{"caller": "+49 30 1234"}', '{"agent_config_id": "lobby"}', "lobby"),
        ('{"caller": "+49 30 1234"}', '{"topic": "bicycles"}', "room-1"),
        ('["shop"]', "", "room-1"),
        ('"shop"', "", "room-1"),
        ("null", "", "room-1"),
        ('{"agent_config_id": "shop"', "", "room-1"),
        ("[" * 30_000, "lobby", "lobby"),
        ("x" * 600, "", "room-1"),
    ],
)
def test_the_id_is_the_dispatchs_else_the_rooms_else_its_name(dispatch: str, room: str, expected: str) -> None:
    """Metadata belongs to whoever dispatches: it may be an id, hold one, or be about something else."""
    assert config_id(dispatch, room, "room-1") == expected


@pytest.mark.parametrize(
    ("pattern", "room", "expected"),
    [
        (r"^call-(.+)-[0-9a-f]{4}$", "call-acme-42-8f3a", "acme-42"),
        (r"^call-(?P<id>.+?)_", "call-acme_1_2", "acme"),
        (r"acme-[0-9]+", "call-acme-42-8f3a", "acme-42"),
        (r"^call-([a-z]+)|^tel-([0-9]+)", "tel-4930", "4930"),
        (r"^call-(.+)-[0-9a-f]{4}$", "lobby", "lobby"),
        (r"^call-(.*)$", "call-", "call-"),
        (r"x*", "lobby", "lobby"),
        ("", "call-acme-42-8f3a", "call-acme-42-8f3a"),
        (r"(\p{L}+)$", "call-42-Zürich", "Zürich"),
    ],
)
def test_a_pattern_finds_the_id_in_the_rooms_name(pattern: str, room: str, expected: str) -> None:
    """Rooms are often named anew for each call; their configuration belongs to whom the call is for."""
    assert config_id("", "", room, pattern=pattern) == expected


def test_a_pattern_is_for_names_of_rooms_only() -> None:
    """Whoever dispatches with an id means that."""
    assert config_id("call-a-8f3a", "", "call-b-8f3a", pattern=r"^call-(.+)-") == "call-a-8f3a"
    assert config_id("", '{"agent_config_id": "call-a-8f3a"}', "call-b-8f3a", pattern="b") == "call-a-8f3a"


@pytest.mark.parametrize("pattern", [r"(x+x+)+y", r"(?:(?:x|xx)+)+$", r"^((.*?x){25})y"])
def test_a_name_made_to_stall_the_search_is_the_id_itself(pattern: str, caplog: pytest.LogCaptureFixture) -> None:
    """Anybody may choose a room's name; without a limit the search for it would hold the worker up for years."""
    name = "x" * 400 + "!"
    assert config_id("", "", name, pattern=pattern) == name
    assert "takes too long" in caplog.text
    assert "xxx" not in caplog.text


def test_a_name_longer_than_any_id_is_not_searched(caplog: pytest.LogCaptureFixture) -> None:
    """It is refused as an id, whatever is in it."""
    name = "x" * 600
    assert config_id("", "", name, pattern=r"(x+x+)+y") == name
    assert not caplog.text


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "a{99999999999999999999}", "\\", "(?P<a>x)(?P<a", "(?:" * 60])
def test_a_pattern_that_is_none_stops_the_worker_at_its_start(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the first to notice would be a human with the wrong companion."""
    bare_environment(monkeypatch)
    with pytest.raises(
        BadSettings, match="MCP_VOICE_AGENT_CONFIG_ID_PATTERN: must be a regular expression: "
    ) as raised:
        given(agent_config_id_pattern=pattern)
    assert pattern * 2 not in str(raised.value)
