"""What is good JSON Schema, and is refused by a provider of language models all the same, with the whole request.

Seen in the field: OpenAI, "array schema missing items"; Anthropic, "Property keys should match pattern
'^[a-zA-Z0-9_.-]{1,64}$'"; both, a reference that leads nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from mcp_voice.texts.foreign import shown_name

__all__ = ["lost_references", "refusals"]

KEY = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
SINGLE = (
    *("items", "additionalProperties", "contains", "propertyNames", "not", "if", "then", "else"),
    *("unevaluatedItems", "unevaluatedProperties"),
)


def refusals(schema: Mapping[str, Any]) -> Iterator[str]:
    """Each reason for which a provider refuses a tool with this schema, of bounded depth; for the operator."""
    for path, part in _parts(schema, ""):
        where = shown_name(path.lstrip("/") or "its top")
        for key in part.get("properties", {}):
            if not KEY.fullmatch(key):
                yield f"its schema names a property {shown_name(key)!r}: 1 to 64 of A-Z a-z 0-9 _ . - are taken"
        if "items" not in part and _is_list(part.get("type")):
            yield f"its schema has a list without `items` ({where})"
        if part.get("enum") == []:
            yield f"its schema has an empty `enum` ({where})"
    for target in lost_references(schema):
        yield f"its schema refers to {target!r}, which is not in it"


def lost_references(schema: Mapping[str, Any]) -> Iterator[str]:
    """The references, cut to be shown, that lead to no part of this schema."""
    for _, part in _parts(schema, ""):
        for target in filter(None, map(part.get, REFERENCES)):
            if not _leads_somewhere(schema, target):
                yield shown_name(str(target))


def _is_list(kind: object) -> bool:
    return kind == "array" or (isinstance(kind, list) and "array" in kind)


def _parts(schema: object, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A schema and all schemas in it, each with where it is; not what only looks like one, as a default."""
    if not isinstance(schema, Mapping):
        return
    yield path, schema
    for name in SINGLE:
        yield from _parts(schema.get(name), f"{path}/{name}")
    for name in LISTS:
        for place, each in enumerate(schema.get(name) or ()):
            yield from _parts(each, f"{path}/{name}/{place}")
    for name in MAPS:
        for key, each in (schema.get(name) or {}).items():
            yield from _parts(each, f"{path}/{key}" if name == "properties" else f"{path}/{name}/{key}")


def _leads_somewhere(schema: Mapping[str, Any], target: object) -> bool:
    """Whether a reference is a JSON pointer to a part of the schema; providers know no others."""
    if target == "#":
        return True
    if not isinstance(target, str) or not target.startswith("#/"):
        return False
    found: object = schema
    for step in unquote(target[2:]).split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping) and name in found:
            found = found[name]
        elif isinstance(found, list) and name.isdecimal() and name.isascii() and int(name[:6]) < len(found):
            found = found[int(name)]
        else:
            return False
    return isinstance(found, Mapping | bool)
