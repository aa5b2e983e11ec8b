"""A configuration service that fails, or says what cannot be: never in the way of the conversation."""

from __future__ import annotations

import anyio
import pytest

from mcp_voice_agent.room_config.answers import ALIASES
from mcp_voice_agent.room_config.service import RoomConfig, room_config
from testkit.config_service import (
    ConfigService,
    deep,
    endless,
    refused_address,
    round_and_round,
    saying,
    trickle,
    zipped,
)
from testkit.faults import Fault, dropped, garbage, hung, status, wrong_type
from testkit.room_configs import PATIENT, SECRET, WHOLE, Given, reason
from tests.companion.room_config.room_configs import heard, service, settings

__all__ = ["heard", "service", "settings"]

pytestmark = pytest.mark.anyio

SHORT = 0.3


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


async def test_a_service_that_fails_opens_no_tool_that_changes_something(
    service: ConfigService, settings: Given
) -> None:
    """The configuration that could not be had may have been one that allows nothing; a setting says what holds then."""
    with service.failing(status(500)):
        assert (await room_config(settings(), "shop")).tools == "reading"
        listed = await room_config(settings(agent_default_tools="weather, send_email"), "shop")
    assert listed.tools == ("weather", "send_email")
