"""Schemas and results as hosts get them: plain forms, and nothing that says nothing."""

from __future__ import annotations

import json
from typing import Any

from mcp.types import CallToolResult, TextContent

from mcp_voice.results import Answer, ParticipantRef
from mcp_voice.server.wire import lean_result, plain_schema


def wired(fields: dict[str, Any]) -> dict[str, Any]:
    """What is left of a result's fields, which must be the same as text and as structure."""
    found = lean_result(CallToolResult(content=[TextContent(type="text", text="as it was")], structured_content=fields))
    (content,) = found.content
    assert isinstance(content, TextContent)
    assert found.structured_content is not None
    assert json.loads(content.text) == found.structured_content
    fields_left: dict[str, Any] = found.structured_content
    return fields_left


def answer(**fields: Any) -> dict[str, Any]:
    """An answer as the SDK dumps it."""
    given: dict[str, Any] = {"status": "answered", "ask_id": "ask-1", "room_name": "kitchen", **fields}
    return Answer(**given).model_dump(mode="json")


def test_a_type_or_null_becomes_that_type_with_its_own_text_and_no_default() -> None:
    """Some hosts refuse a tool for an ``anyOf``, or fill its null in."""
    schema = {
        "title": "Arguments",
        "type": "object",
        "properties": {
            "wait_seconds": {
                "anyOf": [{"type": "number"}, {"type": "null"}],
                "default": None,
                "description": "Seconds.",
                "minimum": 0,
                "title": "Wait Seconds",
            }
        },
    }
    assert plain_schema(schema) == {
        "type": "object",
        "properties": {"wait_seconds": {"type": "number", "description": "Seconds.", "minimum": 0}},
    }


def test_a_reference_or_null_becomes_the_reference_and_lists_and_definitions_are_plain_too() -> None:
    """The schemas of results hold models in lists in models."""
    schema = {
        "$defs": {"Speaker": {"title": "Speaker", "properties": {"name": {"title": "Name", "type": "string"}}}},
        "properties": {
            "who": {"anyOf": [{"$ref": "#/$defs/Speaker"}, {"type": "null"}], "default": None},
            "all": {
                "items": {"$ref": "#/$defs/Speaker", "title": "Each"},
                "type": "array",
                "default": [{"name": None}],
            },
        },
    }
    assert plain_schema(schema) == {
        "$defs": {"Speaker": {"properties": {"name": {"type": "string"}}}},
        "properties": {
            "who": {"$ref": "#/$defs/Speaker"},
            "all": {"items": {"$ref": "#/$defs/Speaker"}, "type": "array", "default": [{}]},
        },
    }


def test_what_is_called_title_or_may_be_several_things_stays() -> None:
    """A name is no keyword, and a choice of two types says something."""
    schema = {
        "properties": {
            "title": {"type": "string", "default": ""},
            "anyOf": {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]},
        }
    }
    assert plain_schema(schema) == {
        "properties": {
            "title": {"type": "string", "default": ""},
            "anyOf": {"anyOf": [{"type": "string"}, {"type": "number"}]},
        }
    }


def test_a_pending_result_has_no_field_that_is_null_at_any_depth_and_keeps_what_is_empty_or_false() -> None:
    """What is unknown is not said; "nothing yet" is."""
    fields = wired(answer(status="pending", heard_so_far="I want to"))
    assert "reply" not in fields
    assert "participant" not in fields
    assert fields["timing"] == {}
    assert (fields["heard_so_far"], fields["interrupted"], fields["said_meanwhile"]) == ("I want to", False, [])
    assert "null" not in json.dumps(fields)


def test_the_words_so_far_of_a_whole_reply_are_not_said_twice() -> None:
    """They are its end, or all of it."""
    who = ParticipantRef(identity="alice", name="Alice")
    for reply in ("yes", "a long story. " * 300):
        fields = wired(answer(reply=reply, heard_so_far=reply[-2_000:], participant=who))
        assert fields["reply"] == reply
        assert fields["participant"] == {"identity": "alice", "name": "Alice"}
        assert "heard_so_far" not in fields


def test_a_reply_that_is_none_of_the_words_so_far_leaves_them() -> None:
    """Nothing that was heard is dropped."""
    assert wired(answer(reply="yes", heard_so_far="or rather"))["heard_so_far"] == "or rather"


def test_an_error_is_left_as_it_is() -> None:
    """It has no structure."""
    error = CallToolResult(content=[TextContent(type="text", text="No.")], is_error=True)
    assert lean_result(error) is error
