"""Values that cannot be used are told of in plain words: what is allowed, and what stands there if it is a number."""

from __future__ import annotations

import re
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from mcp_voice.errors import BadSettings
from mcp_voice.settings import Settings, load, variable
from mcp_voice.texts.validation import in_words
from mcp_voice_agent.settings import AgentSettings

OF_PYDANTIC = re.compile(r"[Ii]nput should|type=|input_value|unable to|[Vv]alue error|[Vv]alid |should (have|match)")
SECRET = "sk-7f3a90c2"


def told(**fields: object) -> str:
    """What is said of such settings."""
    with pytest.raises(BadSettings) as raised:
        load(AgentSettings, folder=None, **fields)
    return str(raised.value).removeprefix("Settings cannot be used: ")


def refusal(kind: type[Settings], field: str, value: str) -> str | None:
    """What is said of one setting, if it is refused."""
    try:
        load(kind, folder=None, **{field: value})
    except BadSettings as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"patience": "9"}, "MCP_VOICE_PATIENCE: must be a number from 0.3 to 5, not 9"),
        ({"patience": "0,5"}, "MCP_VOICE_PATIENCE: must be a number from 0.3 to 5, not 0,5"),
        ({"patience": SECRET}, "MCP_VOICE_PATIENCE: must be a number from 0.3 to 5"),
        ({"ask_seconds": "nan"}, "MCP_VOICE_ASK_SECONDS: must be a number from 1 to 86400, not nan"),
        ({"wait_seconds": -1}, "MCP_VOICE_WAIT_SECONDS: must be a number from 0 to 3600, not -1"),
        ({"turn_detector": SECRET}, "MCP_VOICE_TURN_DETECTOR: must be true or false"),
        ({"log_level": SECRET}, "MCP_VOICE_LOG_LEVEL: must be DEBUG, INFO, WARNING or ERROR"),
        ({"name": SECRET * 7}, "MCP_VOICE_NAME: must have at most 64 characters"),
        ({"rooms": " , "}, "MCP_VOICE_ROOMS: is set but names no room: name some, set it to * for all, or unset it"),
        ({"livekit_url": f"ftp://{SECRET}"}, "LIVEKIT_URL: must look like ws://host:port, with one of the schemes"),
        ({"livekit_server": SECRET}, "MCP_VOICE_LIVEKIT_SERVER: must be an absolute path"),
        ({"webhook_bytes": "1.5"}, "MCP_VOICE_WEBHOOK_BYTES: must be a whole number from 256 to 1048576, not 1.5"),
        ({"agent_port": 70_000}, "MCP_VOICE_AGENT_PORT: must be a whole number from 0 to 65535, not 70000"),
        ({"agent_config_seconds": 0}, "MCP_VOICE_AGENT_CONFIG_SECONDS: must be a number above 0, up to 30, not 0"),
        ({"webhook_header": f"{SECRET} x"}, "MCP_VOICE_WEBHOOK_HEADER: must be letters, digits and hyphens"),
        ({"webhook_email_path": SECRET}, "MCP_VOICE_WEBHOOK_EMAIL_PATH: must begin with /"),
    ],
)
def test_a_setting_is_told_of_by_what_it_may_be(fields: dict[str, object], words: str) -> None:
    """A number is shown; a text may be a secret in the wrong place."""
    text = told(**fields)
    assert text.startswith(words)
    assert SECRET not in text


@pytest.mark.parametrize("kind", [Settings, AgentSettings])
@pytest.mark.parametrize("value", ["\ud800", "x" * 100_000, "-99999999", "99999999"])
def test_no_setting_is_told_of_in_the_words_of_a_library(kind: type[Settings], value: str) -> None:
    """Each of them, with nothing, a text, and numbers out of every range."""
    for field in kind.model_fields:
        text = refusal(kind, field, value)
        assert text is None or variable(field, kind) in text
        assert text is None or not OF_PYDANTIC.search(text), text


class _Form(BaseModel, extra="forbid"):
    """One field of each kind."""

    needed: str
    name: str = Field("abc", min_length=2, pattern="^[a-c]+$")
    names: list[str] = Field([], min_length=1, max_length=2)
    count: int = Field(1, ge=1)
    share: float = Field(0.5, lt=1)
    colour: Literal["red", "blue", "green"] = "red"
    inner: dict[str, int] = {}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "is missing"),
        ({"more": 1}, "is unknown; check its spelling"),
        ({"needed": 1}, "must be text"),
        ({"name": "a"}, "must have at least 2 characters"),
        ({"name": "xyz"}, "must match the pattern ^[a-c]+$"),
        ({"names": "a"}, "must be a list"),
        ({"names": []}, "must not be empty"),
        ({"names": ["a", "b", "c"]}, "must have at most 2 entries"),
        ({"count": 0}, "must be a whole number of 1 or more, not 0"),
        ({"count": True, "share": 1.5}, "must be a number below 1, not 1.5"),
        ({"share": "half"}, "must be a number"),
        ({"colour": "grey"}, "must be red, blue or green"),
        ({"inner": 1}, "must be an object with named fields"),
    ],
)
def test_each_kind_of_fault_has_plain_words(given: dict[str, Any], words: str) -> None:
    """Tools' arguments, declared webhooks and rooms' configurations are told of in the same words."""
    with pytest.raises(ValidationError) as raised:
        _Form.model_validate({"needed": "x", **given} if given else {})
    assert [in_words(each) for each in raised.value.errors()] == [words]
