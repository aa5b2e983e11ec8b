"""A room's configuration: asked for by its id, and taken as the service says it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mcp_voice_agent.room_config.service import RoomConfig, room_config
from testkit.agent_settings import given
from testkit.config_service import (
    ConfigService,
    config_service,
    moved,
    saying,
)
from testkit.room_configs import SECRET, TOKEN, WHOLE, Given, reason
from tests.companion.room_config.room_configs import heard, service, settings

__all__ = ["heard", "service", "settings"]

pytestmark = pytest.mark.anyio


async def test_a_room_gets_the_configuration_of_its_id(service: ConfigService, settings: Given) -> None:
    """Every field comes as the service says it."""
    service.configs["shop"] = WHOLE
    assert (await room_config(settings(), "shop")).model_dump(mode="json") == WHOLE
    (asked,) = service.asked
    assert (asked.path, asked.authorization) == ("/api/agent-configs/shop", "")


async def test_an_address_with_a_path_of_its_own_is_kept(service: ConfigService, settings: Given) -> None:
    """The service may be one of several behind a proxy; a query in the address has no place here."""
    await room_config(settings(agent_config_url=f"{service.url}/voice/?team=a#top"), "shop")
    assert service.asked[0].path == "/voice/api/agent-configs/shop"


@pytest.mark.parametrize(
    "name", ["a/b", "../../admin", "a b", "ü", "%2e%2e", "a?b=c", "a#b", "a;b", "a+b", "a\\b", "x.y", "\n", "%"]
)
async def test_an_id_is_one_part_of_the_path_whatever_it_holds(
    name: str, service: ConfigService, settings: Given
) -> None:
    """A room's name is chosen by whoever makes the room; it must not lead to another path."""
    service.configs[name] = {"greeting": "found"}
    assert (await room_config(settings(), name)).greeting == "found"


@pytest.mark.parametrize("name", ["", ".", "..", "x" * 600, "\ud800"])
async def test_what_cannot_be_an_id_is_not_asked_for(
    name: str, service: ConfigService, settings: Given, heard: pytest.LogCaptureFixture
) -> None:
    """Servers take dots for a way up even when they are escaped."""
    assert await room_config(settings(), name) == RoomConfig(tools="reading")
    assert service.asked == []
    assert reason(heard)


async def test_the_token_is_sent_and_never_logged(
    service: ConfigService, settings: Given, heard: pytest.LogCaptureFixture
) -> None:
    """A service that is open to everybody would give away every system prompt."""
    service.configs["shop"] = WHOLE
    await room_config(settings(agent_config_token=TOKEN), "shop")
    assert service.asked[0].authorization == f"Bearer {TOKEN}"
    await room_config(settings(agent_config_token=TOKEN), "nowhere")
    assert reason(heard)


async def test_a_token_that_cannot_be_sent_is_not_logged_either(
    settings: Given, heard: pytest.LogCaptureFixture
) -> None:
    """A line break at the end of a secret is an easy mistake, and errors like to quote."""
    assert await room_config(settings(agent_config_token=f"{TOKEN}\n"), "shop") == RoomConfig(tools="reading")
    assert reason(heard)


async def test_without_an_address_the_defaults_are_used(tmp_path: Path, heard: pytest.LogCaptureFixture) -> None:
    """Most companions have no such service."""
    assert await room_config(given(cache_dir=tmp_path), "shop") == RoomConfig()
    assert "AGENT_CONFIG_URL is not set" in reason(heard)


async def test_what_is_not_known_is_ignored_and_named(
    service: ConfigService, settings: Given, heard: pytest.LogCaptureFixture
) -> None:
    """A misspelt field is found in the log; its value is not there."""
    service.configs["shop"] = {"greting": SECRET, "greeting": "Hello"} | {f"column_{n:02}": n for n in range(20)}
    assert await room_config(settings(), "shop") == RoomConfig(greeting="Hello")
    (line,) = [each for each in heard.messages if "ignoring" in each]
    assert "'column_00'" in line
    assert line.endswith(" and 11 more")
    assert SECRET not in heard.text


async def test_null_is_the_same_as_absent(service: ConfigService, settings: Given) -> None:
    """An empty column of a table comes as null; an empty greeting is a wish, no greeting."""
    service.configs["shop"] = dict.fromkeys(WHOLE)
    assert await room_config(settings(), "shop") == RoomConfig()
    service.configs["quiet"] = {"greeting": "", "tools": []}
    assert await room_config(settings(), "quiet") == RoomConfig(greeting="", tools=())


async def test_a_redirect_is_followed_without_the_token_to_another_host(
    service: ConfigService, settings: Given
) -> None:
    """The other host may not be the one that the token is for."""
    async with config_service() as other:
        other.configs["shop"] = {"greeting": "from afar"}
        with service.failing(moved(f"{other.url}/api/agent-configs/shop")):
            assert (await room_config(settings(agent_config_token=TOKEN), "shop")).greeting == "from afar"
        assert [asked.authorization for asked in other.asked] == [""]


async def test_a_large_configuration_within_the_limit_is_taken(service: ConfigService, settings: Given) -> None:
    """The limits of the fields fit into the limit of the body, in any script."""
    config = {"system_prompt": "声" * 20_000, "greeting": "a" * 1000}
    with service.failing(saying(json.dumps(config, ensure_ascii=False).encode())):
        assert (await room_config(settings(), "shop")).model_dump(exclude_unset=True) == config
