"""A configuration service's answer in our own names: taken out of what is around it, and read as guides write it."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import Any

__all__ = ["ALIASES", "failed", "is_configuration", "opened", "renamed"]

ALIASES: Mapping[str, str] = MappingProxyType(
    {"systemPrompt": "system_prompt", "voiceModel": "voice", "responseLength": "response_length"}
)
"""The names that LiveKit's and others' guides use, where ours are others."""
WRAPPERS = (
    *("data", "config", "configuration", "agent", "agentConfig", "agent_config"),
    *("result", "response", "output", "body", "item", "json"),
)
"""What services put around their answers; ``json`` is n8n's, around each item."""
DEEPEST = 4
VAGUE = frozenset({"name"})
"""Fields that a wrapper, or an error, may have as well."""
FLAGS = ("success", "ok")
PERCENT_PER_UNIT = 50.0
HIGHEST_UNIT = 2.0


def opened(found: Any, known: AbstractSet[str]) -> Any:
    """The configuration inside a list of one or an object around it; what is not wrapped stays as it is."""
    for _ in range(DEEPEST):
        if isinstance(found, list) and len(found) == 1:
            (found,) = found
            continue
        if not isinstance(found, dict) or found.keys() & (known - VAGUE) or failed(found):
            break
        inner = [found[key] for key in WRAPPERS if isinstance(found.get(key), dict | list)]
        if len(inner) != 1:
            break
        (found,) = inner
    return found


def failed(found: Mapping[str, Any]) -> bool:
    """Whether an answer says of itself that there is no configuration in it."""
    return any(found.get(flag) is False for flag in FLAGS)


def is_configuration(found: Mapping[str, Any], known: AbstractSet[str]) -> bool:
    """Whether there is a field of ours in it, or nothing at all, which is a configuration that changes nothing."""
    sure = found.keys() & (known - VAGUE)
    return bool(not found or sure or (found.keys() & VAGUE and "message" not in found))


def renamed(found: Mapping[str, Any]) -> dict[str, Any]:
    """The fields under our own names, which come first where both are there; the temperature in percent."""
    # An empty column of a table comes as null.
    given = {key: value for key, value in found.items() if value is not None}
    named = {_name(key, given): value for key, value in given.items()}
    if "temperature" in named:
        named["temperature"] = _percent(named["temperature"], guides=bool(found.keys() & ALIASES.keys()))
    return named


def _name(key: str, given: Mapping[str, Any]) -> str:
    own = ALIASES.get(key, key)
    return key if own in given else own


def _percent(value: Any, *, guides: bool) -> Any:
    """A temperature in percent, from a language model's own 0 to 2 where it can only be that.

    A fraction up to 2 (0.7) is that wherever it stands: seven tenths of a percent are nobody's wish. A whole 0, 1 or 2
    is that beside a field in camel case, because JSON does not tell 1.0 from 1; alone it is percent.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= HIGHEST_UNIT:
        return value
    fraction = value != int(value)
    return round(PERCENT_PER_UNIT * value, 4) if guides or fraction else value
