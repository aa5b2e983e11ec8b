"""A room's configuration: fetched and checked, and never in the way of the conversation."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from mcp_voice_agent.room_config.answers import ALIASES
from mcp_voice_agent.room_config.service import RoomConfig, room_config
from mcp_voice_agent.settings import AgentSettings
from testkit.agent_settings import bare_environment, given
from testkit.config_service import (
    ConfigService,
    config_service,
    deep,
    endless,
    moved,
    refused_address,
    round_and_round,
    saying,
    trickle,
    zipped,
)
from testkit.faults import Fault, dropped, garbage, hung, status, wrong_type

pytestmark = pytest.mark.anyio

TOKEN = "a-token-of-the-service"
SECRET = "what-the-body-says"
PATIENT, SHORT = 20.0, 0.3
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

    def make(**fields: Any) -> AgentSettings:
        return given(
            **{"agent_config_url": service.url, "cache_dir": tmp_path, "agent_config_seconds": PATIENT} | fields
        )

    return make


def reason(heard: pytest.LogCaptureFixture) -> str:
    """The one line that says why the defaults are used."""
    (line,) = [each for each in heard.messages if each.endswith("the defaults are used")]
    assert SECRET not in heard.text
    assert TOKEN not in heard.text
    return line


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


@pytest.mark.parametrize("where", ["http://nowhere.invalid", "http://[::1]:1", ""])
async def test_a_dead_service_leaves_the_defaults(where: str, settings: Given, heard: pytest.LogCaptureFixture) -> None:
    """No such host, or nobody there."""
    url = where or refused_address()
    assert await room_config(settings(agent_config_url=url), "shop") == RoomConfig(tools="reading")
    assert "cannot be asked" in reason(heard) or "no answer" in reason(heard)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (status(404), "answered 404"),
        (status(401), "answered 401"),
        (status(429), "answered 429"),
        (status(500), "answered 500"),
        (status(204), "answered 204"),
        (dropped, "cannot be asked (ClientPayloadError)"),
        (endless, "larger than 64 KiB"),
        (round_and_round, "more than 3 redirects"),
        (garbage, "not JSON"),
        (wrong_type, "not JSON"),
        (zipped, "not JSON"),
        (deep, "not JSON"),
        (saying(b""), "not JSON"),
        (saying(b'{"greeting": "what-the-body-says'), "not JSON"),
        (saying(b'["what-the-body-says"]'), "not a JSON object"),
        (saying(b"null"), "not a JSON object"),
        (saying(b"[]"), "not a JSON object"),
        (saying(b'{"message": "Workflow was started"}'), "none of the fields"),
        (saying(b'{"name": "NotFound", "message": "what-the-body-says"}'), "none of the fields"),
        (saying(b'{"success": false, "agent": {"greeting": "what-the-body-says"}}'), "says that it failed"),
    ],
)
async def test_a_service_that_fails_leaves_the_defaults(
    fault: Fault, expected: str, service: ConfigService, settings: Given, heard: pytest.LogCaptureFixture
) -> None:
    """Whatever it is, somebody in the room is waiting to be greeted; the log says what it was."""
    service.configs["shop"] = WHOLE
    with service.failing(fault):
        assert await room_config(settings(), "shop") == RoomConfig(tools="reading")
    assert expected in reason(heard)


@pytest.mark.parametrize("fault", [hung, trickle])
async def test_a_service_that_does_not_come_to_an_end_is_waited_for_no_longer_than_the_limit(
    fault: Fault, service: ConfigService, settings: Given, heard: pytest.LogCaptureFixture
) -> None:
    """The limit is for the whole answer; one that comes byte by byte never exceeds a limit for each."""
    service.configs["shop"] = WHOLE
    with service.failing(fault), anyio.fail_after(PATIENT):
        assert await room_config(settings(agent_config_seconds=SHORT), "shop") == RoomConfig(tools="reading")
    assert "no answer within 0.3 s" in reason(heard)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("system_prompt", 7),
        ("system_prompt", SECRET * 2000),
        ("greeting", ["hello"]),
        ("greeting", SECRET * 100),
        ("model", "one, two"),
        ("model", SECRET * 20),
        ("voice", "a, offline"),
        ("voice", {"id": SECRET}),
        ("temperature", -1),
        ("temperature", 100.5),
        ("temperature", "50"),
        ("temperature", True),
        ("language", "German, please"),
        ("language", "d"),
        ("tools", "send_email"),
        ("tools", [SECRET + "!"]),
        ("tools", ["t"] * 65),
        ("mode", SECRET),
        ("name", SECRET * 10),
        ("name", 7),
        ("response_length", SECRET * 10),
        ("response_length", 0),
        ("response_length", 2001),
        ("response_length", True),
        ("response_length", [SECRET]),
        ("systemPrompt", 7),
        ("voiceModel", "a, offline"),
        ("responseLength", 0.5),
    ],
)
async def test_a_value_out_of_bounds_leaves_the_defaults_and_is_named(
    field: str, value: object, service: ConfigService, settings: Given, heard: pytest.LogCaptureFixture
) -> None:
    """Half a configuration is nobody's intention; the field is named, its value may be anything and is not."""
    own = ALIASES.get(field, field)
    service.configs["shop"] = {key: given for key, given in WHOLE.items() if key != own} | {field: value}
    assert await room_config(settings(), "shop") == RoomConfig(tools="reading")
    assert f": {own}" in reason(heard)


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"1e999"])
async def test_a_temperature_is_a_real_number(
    number: bytes, service: ConfigService, settings: Given, heard: pytest.LogCaptureFixture
) -> None:
    """JSON parsers let more through than JSON has."""
    with service.failing(saying(b'{"temperature": ' + number + b"}")):
        assert await room_config(settings(), "shop") == RoomConfig(tools="reading")
    assert reason(heard)


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


async def test_a_service_that_fails_opens_no_tool_that_changes_something(
    service: ConfigService, settings: Given
) -> None:
    """The configuration that could not be had may have been one that allows nothing; a setting says what holds then."""
    with service.failing(status(500)):
        assert (await room_config(settings(), "shop")).tools == "reading"
        listed = await room_config(settings(agent_default_tools="weather, send_email"), "shop")
    assert listed.tools == ("weather", "send_email")
