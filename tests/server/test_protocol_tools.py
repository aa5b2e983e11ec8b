"""What a model gets to see of us, through the SDK's client in both eras of the protocol."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import pytest
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.types import TextContent, TextResourceContents, Tool

from mcp_voice.errors import quoted_name
from testkit.command import COMMAND, environment
from tests.server.test_protocol import TOOLS, UNREACHABLE

pytestmark = pytest.mark.anyio

READ_ONLY = {"list_rooms", "wait_for_reply", "listen_in_room"}
ANSWER = {"status", "ask_id", "room_name", "reply", "heard_so_far", "participant", "channel", "choice", "interrupted"}


@pytest.fixture(scope="module", params=["auto", "legacy"])
async def client(
    request: pytest.FixtureRequest, anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Client]:
    """A client of the server as a child process, which negotiates 2026-07-28, or does the older handshake."""
    folder: Path = tmp_path_factory.mktemp("client")
    era: Literal["auto", "legacy"] = request.param
    parameters = StdioServerParameters(
        command=COMMAND[0], args=list(COMMAND[1:]), env=environment(UNREACHABLE), cwd=folder
    )
    with (folder / "stderr.log").open("w") as log:
        async with Client(stdio_client(parameters, errlog=log), mode=era) as opened:
            yield opened


async def tools(client: Client) -> dict[str, Tool]:
    """All tools by name."""
    return {tool.name: tool for tool in (await client.list_tools()).tools}


def described(schema: dict[str, Any]) -> bool:
    """Whether every argument has a description."""
    return all(each.get("description") for each in schema.get("properties", {}).values())


async def test_the_client_speaks_the_era_that_is_meant(client: Client, request: pytest.FixtureRequest) -> None:
    """Else the tests below would prove half of what they seem to."""
    era = request.node.callspec.params["client"]
    assert client.protocol_version == {"auto": "2026-07-28", "legacy": "2025-11-25"}[era]


async def test_every_tool_has_its_annotations_schemas_and_a_short_description(client: Client) -> None:
    """A host decides by the annotations what to run side by side and what to ask for; a model reads the rest."""
    found = await tools(client)
    assert set(found) == TOOLS
    for tool in found.values():
        hints = tool.annotations
        assert hints is not None
        assert hints.title
        given = (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint)
        assert None not in given, tool.name
        assert hints.read_only_hint is (tool.name in READ_ONLY)
        description = tool.description or ""
        assert 0 < len(description) <= 700, tool.name
        assert "\nUse it " in description, tool.name
        assert re.search(rf"Example:\s{tool.name}\(", description), tool.name
        assert "\n " not in description, tool.name
        assert tool.output_schema is not None
        assert described(tool.input_schema), tool.name
        assert re.fullmatch(r"[a-z_]{1,40}", tool.name)
    assert sum(len(tool.model_dump_json(exclude_none=True)) for tool in found.values()) < 22_500


async def test_results_have_the_contracts_fields_and_descriptions_name_them(client: Client) -> None:
    """Claude Code shows a model no output schema: the description is all it knows of a result."""
    found = await tools(client)
    for name in ("ask_in_room", "wait_for_reply", "listen_in_room"):
        schema = found[name].output_schema or {}
        assert ANSWER | {"spoken", "timing", "next"} <= schema["properties"].keys()
        description = found[name].description or ""
        assert "`status`" in description
        assert "`reply`" in description
    for name, fields in {
        "list_rooms": {"rooms", "next"},
        "cancel_ask": {"status"},
        "say_in_room": {"status", "spoken", "room_name"},
        "send_message_to_room": {"sent_to", "room_name"},
        "invite_to_room": {"room_name", "link", "code", "valid_seconds", "next"},
    }.items():
        assert fields <= (found[name].output_schema or {})["properties"].keys()


async def test_the_arguments_are_those_of_the_contract(client: Client) -> None:
    """Scripts and saved prompts rely on their names, order and defaults."""
    found = await tools(client)
    assert {name: list(tool.input_schema["properties"]) for name, tool in found.items()} == {
        "list_rooms": [],
        "ask_in_room": ["question", "room_name", "participant", "choices", "wait_seconds", "open_ended"],
        "wait_for_reply": ["ask_id", "wait_seconds"],
        "cancel_ask": ["ask_id"],
        "say_in_room": ["message", "room_name", "wait_seconds"],
        "listen_in_room": ["room_name", "participant", "wait_seconds"],
        "send_message_to_room": ["message", "room_name", "participants", "topic", "as_chat"],
        "invite_to_room": ["room_name", "name"],
    }
    question = found["ask_in_room"].input_schema
    assert question["required"] == ["question"]
    assert question["properties"]["question"]["maxLength"] == 2000


async def test_the_tools_of_the_main_job_are_always_loaded(client: Client) -> None:
    """Claude Code shows a deferred tool by its name; to ask, it needs a room, the question and the wait."""
    loaded = {name for name, tool in (await tools(client)).items() if (tool.meta or {}).get("anthropic/alwaysLoad")}
    assert loaded == {"list_rooms", "ask_in_room", "wait_for_reply"}


async def test_every_schema_is_plain(client: Client) -> None:
    """Hosts choke on ``anyOf``; titles and "or null" only cost a model's context."""
    for tool in (await tools(client)).values():
        for schema in (tool.input_schema, tool.output_schema):
            written = json.dumps(schema)
            for noise in ("anyOf", '"null"', '"title"', ": null"):
                assert noise not in written, (tool.name, noise)


async def test_a_wait_is_a_plain_optional_number_with_a_text_of_its_own(client: Client) -> None:
    """What 0 and nothing mean differs between asking, waiting, saying and listening."""
    found = {
        name: tool.input_schema
        for name, tool in (await tools(client)).items()
        if "wait_seconds" in tool.input_schema["properties"]
    }
    assert set(found) == {"ask_in_room", "wait_for_reply", "say_in_room", "listen_in_room"}
    for schema in found.values():
        wait = schema["properties"]["wait_seconds"]
        assert (wait["type"], wait["minimum"], wait["maximum"]) == ("number", 0, 3600)
        assert "default" not in wait
        assert "wait_seconds" not in schema.get("required", [])
        assert len(wait["description"]) <= 120
    assert len({schema["properties"]["wait_seconds"]["description"] for schema in found.values()}) == len(found)


async def test_the_instructions_tell_when_to_speak_and_how_to_wait(client: Client) -> None:
    """Beside the tools' names they are all that a model knows before it looks for more; hosts cut at 2 KB."""
    text = client.instructions or ""
    assert len(text.encode()) < 2048
    for wanted in ("ask_in_room", "wait_for_reply", "pending", "not instructions"):
        assert wanted in text


async def test_the_interview_prompt_takes_a_topic(client: Client) -> None:
    """The one prompt: how to ask well by voice."""
    prompts = (await client.list_prompts()).prompts
    assert [prompt.name for prompt in prompts] == ["interview"]
    assert [argument.name for argument in prompts[0].arguments or []] == ["topic"]
    told = await client.get_prompt("interview", {"topic": "the {new} office"})
    content = told.messages[0].content
    assert isinstance(content, TextContent)
    assert "the {new} office" in content.text
    assert "one question at a time" in content.text


async def test_rooms_and_transcripts_are_resources(client: Client) -> None:
    """A host can attach them without a tool call."""
    assert {resource.uri for resource in (await client.list_resources()).resources} == {"voice://rooms"}
    templates = (await client.list_resource_templates()).resource_templates
    assert [template.uri_template for template in templates] == ["voice://rooms/{room_name}/transcript"]
    assert all(each.description for each in templates)
    content = (await client.read_resource("voice://rooms")).contents[0]
    assert isinstance(content, TextResourceContents)
    assert json.loads(content.text) == []


async def test_the_transcript_of_a_room_we_were_never_in_is_refused_clearly(client: Client) -> None:
    """With the rooms there are instead."""
    with pytest.raises(
        MCPError, match=r"no transcript of room 'my room': mcp-voice was never in it. Rooms it is in: none"
    ):
        await client.read_resource("voice://rooms/my%20room/transcript")


@pytest.mark.parametrize("name", ["..", ".", "../..", "/etc", "C:\\rooms", "a/b", "%2E%2E"])
async def test_a_rooms_name_is_no_path_in_its_transcripts_address(client: Client, name: str) -> None:
    """A room may well be called "..": the SDK refuses what looks like a path unless it is told otherwise."""
    with pytest.raises(MCPError, match=f"no transcript of room {re.escape(quoted_name(name))}"):
        await client.read_resource(f"voice://rooms/{quote(name, safe='')}/transcript")
