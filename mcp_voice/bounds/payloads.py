"""JSON in RPC payloads and attributes: read with the type and the size that it must have, or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["LARGEST_READ", "is_time", "read_object", "read_texts", "to_json", "whole"]

LARGEST_READ = 60 * 1024
"""Characters of a payload that are looked at, whatever LiveKit lets through."""
LONGEST_RENEWED = 100
"""Characters of a time; ours have fourteen."""


def read_object(written: str) -> dict[str, Any] | None:
    """A JSON object; None where it is none."""
    try:
        told: Any = json.loads(written) if 0 < len(written) <= LARGEST_READ else None
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def read_texts(told: Mapping[str, Any] | None, *names: str) -> list[str] | None:
    """The texts of these names; None where there is anything else under them."""
    texts = [whole(text) for name in names if isinstance(text := (told or {}).get(name), str)]
    return texts if len(texts) == len(names) else None


def to_json(fields: Mapping[str, Any]) -> bytes:
    """As UTF-8; half characters are replaced."""
    return json.dumps(fields, ensure_ascii=False).encode(errors="replace")


def whole(text: str) -> str:
    """The text without half characters, which JSON can hold and nothing can send on."""
    return text.encode(errors="replace").decode()


def is_time(renewed: str) -> bool:
    """Whether this is a number of seconds."""
    try:
        return len(renewed) <= LONGEST_RENEWED and abs(float(renewed)) < float("inf")
    except ValueError:
        return False
