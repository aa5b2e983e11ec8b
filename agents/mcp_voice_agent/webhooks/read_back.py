"""Arguments of a tool as a human is told them before they say yes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mcp_voice.texts.foreign import printable
from mcp_voice_agent.webhooks.consent import names_in
from mcp_voice_agent.webhooks.language import Language

__all__ = ["NotReadable", "ReadBack", "aloud", "read_back", "readable"]

LONGEST = 800
"""Characters of all arguments: a minute of speech."""
UNSPOKEN = re.compile(r"://|\bwww\.|[\[\]()<>*_`~|]+")
"""What makes of a text one of which a voice leaves parts out: Markdown, and web addresses, which are shortened."""
DEEPEST = 8


class NotReadable(ValueError):
    """Arguments that no human would hear in full, in words for the language model."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What is asked of the human."""

    sentence: str
    read_out: frozenset[str]
    """The words that they must have heard."""


def read_back(action: str, arguments: Mapping[str, object], language: Language) -> ReadBack:
    """Name an action with its arguments, and ask for a yes.

    Raises NotReadable: nobody can say yes to what is cut.
    """
    values = readable(arguments)
    listed = "; ".join(f"{aloud(name)}: {value}" for name, value in values.items())
    sentence = language.action.format(action=aloud(action), values=listed or "…")
    return ReadBack(sentence, names_in(listed or action))


def readable(arguments: Mapping[str, object]) -> dict[str, str]:
    """Each argument as it is read out, whole; raises NotReadable."""
    values = {name: ", ".join(filter(None, _parts(value))) for name, value in arguments.items()}
    length = sum(len(aloud(name)) + len(value) for name, value in values.items())
    if length > LONGEST:
        longest = max(values, key=lambda name: len(values[name]))
        raise NotReadable(
            f"the arguments have {length} characters, and at most {LONGEST} can be read out to the human, who has to "
            f"hear all of them before they say yes. Shorten {longest[:64]!r}, or do it in several calls."
        )
    return values


def aloud(text: str) -> str:
    """A text in one line, without signs for which a voice would leave a part of it out."""
    return " ".join(UNSPOKEN.sub(" ", printable(text.encode(errors="replace").decode())).split())


def _parts(value: object, depth: int = 0) -> Iterator[str]:
    """The leaves of a value, each with the name that it has in an object."""
    if depth > DEEPEST:
        raise NotReadable(f"the arguments are more than {DEEPEST} levels deep. Make them plainer.")
    if isinstance(value, dict):
        for name, each in value.items():
            yield f"{aloud(name)} {', '.join(_parts(each, depth + 1))}"
    elif isinstance(value, list):
        for each in value:
            yield from _parts(each, depth + 1)
    else:
        yield aloud(str(value))
