"""The JSON schemas of a server's tools: one that a provider refuses would cost every answer of the conversation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mcp_voice_agent.mcp_servers.refusals import refusals

__all__ = ["argument_faults", "for_model", "schema_fault"]

LONGEST = 16_384
"""Bytes of one schema, as JSON."""
DEEPEST = 24
NOT_AT_TOP = frozenset({"$schema", "$id", "title", "oneOf", "anyOf", "allOf", "not", "enum", "if", "then", "else"})
"""OpenAI and Anthropic refuse combinations at the top of a tool's schema; the server still knows of them."""
TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def schema_fault(schema: dict[str, Any]) -> str:
    """Why a schema cannot be offered; empty: it can."""
    # A seventh of a second, for those only who have servers.
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415
    from jsonschema.validators import Draft202012Validator  # noqa: PLC0415

    # Before anything walks through it: what is too deep would end that in a RecursionError.
    if _depth(schema) > DEEPEST:
        return f"its schema is more than {DEEPEST} levels deep"
    if len(json.dumps(schema)) > LONGEST:
        return f"its schema has more than {LONGEST} bytes"
    if schema.get("type") != "object" or not isinstance(schema.get("properties", {}), dict):
        return "its schema does not describe an object"
    shown = for_model(schema)
    try:
        # Whatever draft it names: Anthropic takes this one alone.
        Draft202012Validator.check_schema(shown)
    except SchemaError as error:
        return f"its schema is not valid JSON Schema 2020-12: {error.message[:200]}"
    return next(refusals(shown), "")


def for_model(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema as providers take it: an object with properties."""
    kept = {name: value for name, value in schema.items() if name not in NOT_AT_TOP}
    return {"type": "object", "properties": {}} | kept


def argument_faults(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> Iterator[str]:
    """What is plainly wrong with arguments, by name and without the value; the server checks the rest itself.

    Whole schemas are not run over them: a pattern, or references that multiply, can take any time.
    """
    properties = schema.get("properties", {})
    required = schema.get("required", [])
    yield from (f"{name} is missing" for name in required if name not in arguments)
    for name, value in arguments.items():
        if name not in properties:
            if schema.get("additionalProperties") is False:
                yield f"{name} is unknown"
            continue
        wanted = properties[name].get("type") if isinstance(properties[name], dict) else None
        kinds = [wanted] if isinstance(wanted, str) else wanted if isinstance(wanted, list) else []
        if kinds and not any(_is(value, kind) for kind in kinds):
            yield f"{name} must be of type {' or '.join(map(str, kinds))}"


def _is(value: object, kind: object) -> bool:
    known = TYPES.get(kind) if isinstance(kind, str) else None
    if known is None:
        return True
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, known) or (kind == "integer" and isinstance(value, float) and value.is_integer())


def _depth(schema: object) -> int:
    level: list[object] = [schema]
    depth = 0
    while level and depth <= DEEPEST:
        depth += 1
        level = [inner for each in level for inner in _inner(each)]
    return depth


def _inner(value: object) -> list[object]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for each in inner if isinstance(each, dict | list)]
