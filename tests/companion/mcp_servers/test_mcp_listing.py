"""What a server lists is made fit for every language model, and what cannot be is left out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from mcp.types import Tool, ToolAnnotations

from mcp_voice_agent.mcp_servers import servers
from mcp_voice_agent.mcp_servers.listing import Offered, listing
from mcp_voice_agent.mcp_servers.schema import argument_faults
from testkit.agent_settings import bare_environment, given

TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}


def tool(name: str = "look_up", **fields: Any) -> Tool:
    """A tool as a server lists it."""
    return Tool(**{"name": name, "input_schema": TEXT} | fields)


def offered(**fields: Any) -> Offered:
    """What is made of it."""
    (found,) = listing("notes", [tool(**fields)]).offered
    return found


def refused(schema: Any) -> str:
    """Why a tool with this schema is not offered."""
    found = listing("notes", [tool(input_schema=schema)])
    assert found.offered == ()
    return found.refused["look_up"]


def test_only_what_says_so_is_taken_to_change_nothing() -> None:
    """Without a word of the server, and with any other word, a human has to say yes."""
    assert offered(annotations=ToolAnnotations(read_only_hint=True)).reads is True
    assert offered(annotations=ToolAnnotations(read_only_hint=False, destructive_hint=False)).reads is False
    assert offered(annotations=ToolAnnotations(idempotent_hint=True)).reads is False
    assert offered().reads is False


def test_every_name_is_one_that_a_provider_takes_and_two_tools_stay_two() -> None:
    """Providers refuse the whole request for one bad name."""
    wanted = ["look_up", "files.read", "files/read", "größe", "x" * 100, "x" * 101, ""]
    found = [each.name for each in listing("notes", [tool(name) for name in wanted]).offered]
    assert found[0] == "notes__look_up"
    assert len(set(found)) == len(wanted)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) for name in found)


def test_the_second_tool_of_a_name_is_left_out() -> None:
    """Nobody could say which was meant."""
    found = listing("notes", [tool(), tool(description="another")])
    assert len(found.offered) == 1
    assert found.refused == {"look_up": "there is already one of that name"}


def test_texts_are_cut_and_steer_nothing() -> None:
    """A description is foreign text in front of a model."""
    found = offered(description="Looks\x1b[31m up" + "x" * 5000, title="Look\nup\u202e " + "x" * 100)
    assert len(found.description) == 1024
    assert "\x1b" not in found.description
    assert offered(title="Look\nup\u202e " + "x" * 100).description.startswith("Look\nup")


def test_the_human_is_asked_by_the_name_of_the_tool_and_not_by_its_title() -> None:
    """A title can say anything: "Get the weather", of a tool that wipes a disk."""
    assert offered(name="wipe_disk-now", title="Nothing at all").action == "wipe disk now"
    assert len(offered(name="wipe_" * 20).action) <= 60


def test_what_a_provider_refuses_at_the_top_of_a_schema_is_not_shown_to_it() -> None:
    """The server still checks it."""
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "anyOf": [{"required": ["a"]}]}
    assert offered(input_schema=schema).schema == {"type": "object", "properties": {}}


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "array"}, "its schema does not describe an object"),
        ({}, "its schema does not describe an object"),
        ({"type": "object", "properties": []}, "its schema does not describe an object"),
        (
            {"type": "object", "properties": {"a": {"type": "text"}}},
            "its schema is not valid JSON Schema 2020-12: 'text' is not",
        ),
        ({"type": "object", "properties": {"a": {"$ref": "https://x.example/a"}}}, "refers to 'https://x.example/a'"),
        ({"type": "object", "properties": {"a": {"$ref": "#/nowhere"}}}, "refers to '#/nowhere', which is not in it"),
        ({"type": "object", "properties": {"a": {"$ref": "#/allOf/0"}}, "allOf": [{}]}, "refers to '#/allOf/0'"),
        ({"type": "object", "properties": {"a": {"type": "array"}}}, "a list without `items` (a)"),
        (
            {"type": "object", "properties": {"a": {"anyOf": [{"type": ["array", "null"]}]}}},
            "a list without `items` (a/anyOf/0)",
        ),
        ({"type": "object", "properties": {"größe": {}}}, "names a property 'größe'"),
        ({"type": "object", "properties": {"k" * 65: {}}}, "names a property 'kkk"),
        ({"type": "object", "properties": {"a": {"type": "object", "properties": {"": {}}}}}, "names a property ''"),
        ({"type": "object", "properties": {"a": {"enum": []}}}, "an empty `enum` (a)"),
        (
            {
                "$schema": "http://json-schema.org/draft-04/schema#",
                "type": "object",
                "properties": {"a": {"type": "number", "minimum": 0, "exclusiveMinimum": True}},
            },
            "is not valid JSON Schema 2020-12: True is not of type 'number'",
        ),
        ({"type": "object", "description": "x" * 20_000}, "its schema has more than 16384 bytes"),
        (json.loads('{"type": "object", "properties": ' + '{"a":' * 60 + "{}" + "}" * 61), "more than 24 levels deep"),
    ],
)
def test_a_tool_whose_schema_a_provider_could_refuse_is_left_out(schema: Any, told: str) -> None:
    """It would cost every answer of the conversation."""
    assert told in refused(schema)


def test_a_schema_that_only_looks_bad_is_offered() -> None:
    """What is no schema in it, and a property by the name of a keyword, are nobody's business."""
    properties = {
        "type": {"type": "string", "default": {"type": "array"}},
        "items": {"type": "array", "items": {"$ref": "#/$defs/each"}},
        "enum": {"enum": ["array"], "examples": [{"$ref": "nowhere"}]},
        "tree": {"$ref": "#"},
    }
    schema = {"type": "object", "properties": properties, "$defs": {"each": {"type": "string"}}}
    assert listing("notes", [tool(input_schema=schema)]).refused == {}


@pytest.mark.parametrize(
    ("arguments", "faults"),
    [
        ({"text": "a"}, []),
        ({"text": "a", "other": 1}, []),
        ({}, ["text is missing"]),
        ({"text": True}, ["text must be of type string"]),
        ({"text": "a", "count": 1.0, "tags": None}, []),
        ({"text": "a", "count": True}, ["count must be of type integer"]),
        ({"text": "a", "count": 1.5}, ["count must be of type integer"]),
        ({"text": "a", "tags": "x"}, ["tags must be of type array or null"]),
    ],
)
def test_arguments_are_looked_at_as_far_as_costs_nothing(arguments: dict[str, Any], faults: list[str]) -> None:
    """A schema from outside may hold a pattern that takes for ever."""
    more = {"count": {"type": "integer"}, "tags": {"type": ["array", "null"]}, "odd": True, "any": {}}
    schema = TEXT | {"properties": {"text": {"type": "string", "pattern": "(a+)+$"}} | more}
    assert list(argument_faults(schema, arguments)) == faults


def test_an_argument_that_is_not_known_is_named_where_no_others_are_taken() -> None:
    """Nobody says yes to what the server will refuse."""
    assert list(argument_faults(TEXT | {"additionalProperties": False}, {"text": "a", "b": 1})) == ["b is unknown"]


def test_the_servers_of_the_readme_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """People begin with what is written there."""
    bare_environment(monkeypatch)
    monkeypatch.setenv("CRM_TOKEN", "made-up")
    text = (Path(__file__).parents[3] / "agents" / "README.md").read_text(encoding="utf-8")
    (example,) = [each for each in re.findall(r"```json\n(.*?)```", text, flags=re.DOTALL) if "mcpServers" in each]
    file = tmp_path / "mcp.json"
    file.write_text(example, encoding="utf-8")
    assert [each.name for each in servers(given(agent_mcp_file=file))] == ["time", "memory", "crm"]
