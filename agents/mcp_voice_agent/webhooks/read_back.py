"""Arguments of a tool as a human is told them before they say yes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mcp_voice_agent.webhooks.consent import names_in
from mcp_voice_agent.webhooks.language import Language

__all__ = ["read_back", "short"]

LONGEST_READ_OUT = 200
"""Characters of one argument."""
LONGEST = 800
"""Characters of all."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What is asked of the human."""

    sentence: str
    read_out: frozenset[str]
    """The words that they must have heard."""


def read_back(action: str, arguments: Mapping[str, object], language: Language) -> ReadBack:
    """Name an action with its arguments, and ask for a yes."""
    values = [f"{name.replace('_', ' ')}: {short(value)}" for name, value in arguments.items()]
    listed = "; ".join(values)[:LONGEST]
    sentence = language.action.format(action=action, values=listed or "…")
    return ReadBack(sentence, names_in(listed or action))


def short(value: object) -> str:
    """A value as it is read out: one line, not at any length, and without the signs of a list or an object."""
    text = " ".join(", ".join(_parts(value)).encode(errors="replace").decode().split())
    return text if len(text) <= LONGEST_READ_OUT else f"{text[:LONGEST_READ_OUT]}…"


def _parts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield f"{name} {', '.join(_parts(each))}"
    elif isinstance(value, list):
        for each in value:
            yield from _parts(each)
    else:
        yield str(value)
