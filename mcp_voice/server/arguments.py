"""Arguments as hosts send them: what stands for nothing is left out, and what was meant is read as it was meant.

Hosts and models write null in many ways, put lists into strings, and send what is their own business along.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mcp_voice.errors import BadInput
from mcp_voice.server.argument_names import check_names

__all__ = ["Schema", "as_meant"]

Schema = Mapping[str, Any]
"""A tool's input schema, as JSON schema: ``properties`` and ``required``."""

MOST_ARGUMENTS = 64
"""More than any host adds of its own; each name is compared with ours."""
MOST_NOTHINGS = 30
"""As many as there may be choices."""
NOTHING = ("", "null", "undefined")
"""Texts that stand for nothing in any argument."""
NOTHING_OPTIONAL = (*NOTHING, "none", "nil", "[]", "{}", "[null]", '[""]', '""', "''")
"""Texts that stand for nothing where an argument may be left out: a person may well be told "none"."""
SEVERAL = re.compile(r"\s*[,;|\n]\s*")
LISTS_OF_WORDS = ("choices",)
"""Lists that models also write with commas; names of people may contain one."""


def as_meant(tool_name: str, given: Mapping[str, Any], *, schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """The arguments of a tool by its schema, those that stand for nothing left out, those of the host passed over.

    ``schemas`` has every tool's input schema by name. Raises BadInput for a name that is nearly one of ours.
    """
    if len(given) > MOST_ARGUMENTS:
        raise BadInput(
            f"{tool_name} was called with {len(given)} arguments. Nothing was done.",
            fix=f"It takes {', '.join(schemas[tool_name].get('properties', {})) or 'none'}.",
        )
    schema = schemas[tool_name]
    known: Mapping[str, Schema] = schema.get("properties", {})
    required: Collection[str] = schema.get("required", ())
    meant = {
        name: _value(name, value, known[name], optional=name not in required)
        for name, value in given.items()
        if name in known and not _is_nothing(value, optional=name not in required)
    }
    foreign = {name: value for name, value in given.items() if name not in known}
    check_names(
        tool_name,
        {name: value for name, value in foreign.items() if not _is_nothing(value, optional=True)},
        known=list(known),
        settled=[name for name in required if name in meant],
        elsewhere={name for each in schemas.values() for name in each.get("properties", {})},
    )
    return meant


def _is_nothing(value: Any, *, optional: bool) -> bool:
    """Whether this is how a host writes that an argument is not set."""
    if value is None:
        return True
    if isinstance(value, str):
        written = value.strip().casefold()
        # An empty question has a refusal of its own, which says what to send.
        return written in NOTHING_OPTIONAL if optional else written in NOTHING[1:]
    if isinstance(value, Mapping):
        return optional and not value
    if isinstance(value, Sequence):
        return optional and _is_list_of_nothing(value)
    return False


def _is_list_of_nothing(values: Sequence[Any]) -> bool:
    """Whether all of them are the same nothing; lists in lists are not looked into, which could take a second."""
    if len(values) > MOST_NOTHINGS or not all(map(_is_plain_nothing, values)):
        return False
    return len({_written(each) for each in values}) <= 1


def _is_plain_nothing(value: Any) -> bool:
    return not value if isinstance(value, list | Mapping) else _is_nothing(value, optional=True)


def _written(value: Any) -> str:
    return str(value).strip().casefold()


def _value(name: str, value: Any, schema: Schema, *, optional: bool) -> Any:
    """A value as its type is meant; what cannot be read is left to the tool's own check."""
    if schema.get("type") == "array":
        return _listed(name, value)
    if schema.get("type") == "string" and optional:
        return _text(value)
    return value


def _text(value: Any) -> Any:
    """A name as a text: a room may be called 7, and some hosts wrap a single value in a list."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is False:
        return ""
    return _as_text(value) if isinstance(value, int | float) and value is not True else value


def _listed(name: str, value: Any) -> Any:
    """A list of texts: also from a JSON list in a text, from one value, and from words with commas between them."""
    if isinstance(value, str):
        value = _from_json(value)
    if isinstance(value, str):
        return _split(value) if name in LISTS_OF_WORDS else [value.strip()]
    if isinstance(value, bool) or not isinstance(value, int | float | list):
        return value
    return [_as_text(each) for each in (value if isinstance(value, list) else [value]) if each is not None]


def _split(text: str) -> Any:
    """The words between commas; "yes or no" may be one choice or two, and whoever asks has to say which."""
    if " or " in text.casefold():
        return text
    return [part for part in SEVERAL.split(text.strip()) if part]


def _from_json(text: str) -> Any:
    """The list that a text holds, else the text."""
    if not text.lstrip().startswith("["):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _as_text(value: Any) -> Any:
    """A number, true or false in the form that JSON has for it; anything else as it is."""
    return json.dumps(value) if isinstance(value, int | float) else value
