"""What pydantic finds wrong with a value, in plain words: what is allowed, and what stands there if it is a number.

A text is never shown: whatever was put into the wrong place may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pydantic_core import ErrorDetails

from mcp_voice.texts.counting import counted

__all__ = ["in_words"]

Context = Mapping[str, Any]

NUMBERS = (
    *("float_type", "float_parsing", "int_type", "int_parsing", "int_from_float", "finite_number"),
    *("greater_than", "greater_than_equal", "less_than", "less_than_equal"),
)
NUMBER = re.compile(r"[-+]?[0-9.,]{1,20}|[-+]?(?:inf|nan)", re.IGNORECASE)
PATTERNS = MappingProxyType(
    {
        "^/": "must begin with /",
        "^[A-Za-z0-9-]+$": "must be letters, digits and hyphens",
        "^[A-Za-z_][A-Za-z0-9_-]{0,63}$": "must be at most 64 letters, digits, _ and -, and not begin with a digit",
        "^[A-Za-z0-9_-]{1,64}$": "must be at most 64 letters, digits, _ and -",
    }
)
WORDS: Mapping[str, Callable[[Context], str]] = MappingProxyType(
    {
        "missing": lambda _: "is missing",
        "extra_forbidden": lambda _: "is unknown; check its spelling",
        "value_error": lambda context: str(context.get("error", "cannot be used")),
        "bool_type": lambda _: "must be true or false",
        "bool_parsing": lambda _: "must be true or false",
        "literal_error": lambda context: "must be " + str(context["expected"]).replace("'", ""),
        "string_type": lambda _: "must be text",
        "string_unicode": lambda _: "must be text in UTF-8",
        "string_too_short": lambda context: _at_least(context["min_length"], "character"),
        "string_too_long": lambda context: _at_most(context["max_length"], "character"),
        "string_pattern_mismatch": lambda context: PATTERNS.get(
            context["pattern"], f"must match the pattern {context['pattern']}"
        ),
        "list_type": lambda _: "must be a list",
        "tuple_type": lambda _: "must be a list",
        "too_short": lambda context: _at_least(context["min_length"], "entry", "entries"),
        "too_long": lambda context: _at_most(context["max_length"], "entry", "entries"),
        "dict_type": lambda _: "must be an object with named fields",
        "model_type": lambda _: "must be an object with named fields",
    }
)
"""By pydantic's type of the error; see https://docs.pydantic.dev/latest/errors/validation_errors/."""


def in_words(fault: ErrorDetails, *, bounds: Sequence[object] = ()) -> str:
    """What is wrong, as what follows the name of the value; ``bounds`` are all that its field declares."""
    kind, context = fault["type"], fault.get("ctx", {})
    if kind in NUMBERS:
        return _number(kind, context, bounds, fault.get("input"))
    return WORDS[kind](context) if kind in WORDS else fault["msg"].removeprefix("Value error, ")


def _number(kind: str, context: Context, bounds: Sequence[object], value: object) -> str:
    limits = dict(context)
    for bound in bounds:
        limits |= {name: getattr(bound, name) for name in ("ge", "gt", "le", "lt") if hasattr(bound, name)}
    whole = kind.startswith("int") or any(isinstance(context.get(name), int) for name in ("ge", "gt", "le", "lt"))
    seen = f", not {value}" if not isinstance(value, bool) and NUMBER.fullmatch(str(value)) else ""
    return f"must be a {'whole ' if whole else ''}number{_range(limits)}{seen}"


def _range(limits: Context) -> str:
    low, high = limits.get("ge"), limits.get("le")
    if low is not None and high is not None:
        return f" from {_plain(low)} to {_plain(high)}"
    words = {"ge": "of {} or more", "gt": "above {}", "le": "up to {}", "lt": "below {}"}
    told = [text.format(_plain(limits[name])) for name, text in words.items() if limits.get(name) is not None]
    return f" {', '.join(told)}" if told else ""


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else f"{number:g}"


def _at_least(count: int, one: str, many: str = "") -> str:
    return "must not be empty" if count == 1 else f"must have at least {counted(count, one, many)}"


def _at_most(count: int, one: str, many: str = "") -> str:
    return f"must have at most {counted(count, one, many)}"
