"""Which configuration a room gets."""

from __future__ import annotations

import pytest

from mcp_voice_agent.room_config.service import config_id


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
