"""Schemas and results as hosts get them: without what says nothing, and in forms that every host reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mcp.types import CallToolResult, TextContent

__all__ = ["lean_result", "plain_schema"]

NULL = {"type": "null"}
NAMED = ("properties", "$defs")
"""Keywords whose keys are names, not keywords."""


def plain_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON schema without titles, and with one type where pydantic has "this or null".

    Some hosts refuse a tool for an ``anyOf``. A null that is given counts as left out all the same, and no result
    holds one.
    """
    kept = {name: _plain(name, value) for name, value in schema.items() if name != "title"}
    types = [each for each in kept.pop("anyOf", ()) if each != NULL]
    if len(types) > 1:
        kept["anyOf"] = types
    elif types:
        kept = {**types[0], **kept}
    default = _without_nulls(kept.pop("default", None))
    return kept if default is None else {**kept, "default": default}


def _plain(keyword: str, value: Any) -> Any:
    if keyword in NAMED:
        return {name: plain_schema(each) for name, each in value.items()}
    if keyword == "items":
        return plain_schema(value)
    return [plain_schema(each) for each in value] if keyword == "anyOf" else value


def lean_result(result: CallToolResult) -> CallToolResult:
    """A tool's result without fields that are null, and without the words so far of a reply that is whole."""
    if not isinstance(result.structured_content, dict):
        return result
    fields = _without_nulls(result.structured_content)
    reply = fields.get("reply")
    if reply is not None and reply.endswith(fields.get("heard_so_far", "")):
        fields.pop("heard_so_far", None)
    text = TextContent(type="text", text=json.dumps(fields, ensure_ascii=False, indent=2))
    return result.model_copy(update={"structured_content": fields, "content": [text]})


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value
