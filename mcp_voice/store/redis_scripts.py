"""What a Redis is to do at once, as scripts: one for each deed of ``store.lua``.

A script makes all its functions anew at every call. Measured side by side: those of the whole file take 29 µs, those
that a deed needs 3 to 6.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

__all__ = ["SCRIPTS", "composed"]

DEED = re.compile(r"^function deeds\.(\w+)", re.MULTILINE)
NAMED = re.compile(r"^local (?:function )?(\w+(?:, \w+)*)", re.MULTILINE)
"""What a paragraph defines."""
COMMENT = re.compile(r"^--.*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Script:
    """One of them."""

    text: bytes
    sha: str
    """By which a Redis knows it (EVALSHA)."""


def composed(source: str) -> Iterator[tuple[str, str]]:
    """Each deed of a source, and its script: its paragraph, and before it, in their order, those that it needs.

    A paragraph needs another where it uses a name that the other defines at the beginning of a line.
    """
    paragraphs = [COMMENT.sub("", f"{each}\n") for each in source.split("\n\n")]
    defined = {
        name: number
        for number, text in enumerate(paragraphs)
        for names in NAMED.findall(text)
        for name in names.split(", ")
    }
    # Not a field of something, nor the beginning of a key.
    used = re.compile(rf"(?<![\w.'])(?:{'|'.join(defined)})\b")
    needs = [{defined[name] for name in used.findall(text)} for text in paragraphs]
    for number, text in enumerate(paragraphs):
        for deed in DEED.findall(text):
            wanted = sorted(_all_needed(number, needs))
            yield deed, "".join(paragraphs[each] for each in wanted) + f"return deeds.{deed}(unpack(ARGV, 3))\n"


def _all_needed(first: int, needs: list[set[int]]) -> Iterable[int]:
    found, left = {first}, [first]
    while left:
        new = needs[left.pop()] - found
        found |= new
        left += new
    return found


def _scripts() -> Iterator[tuple[str, Script]]:
    source = files("mcp_voice.store").joinpath("lua", "store.lua").read_text(encoding="utf-8")
    for deed, text in composed(source):
        script = text.encode()
        yield deed, Script(script, hashlib.sha1(script, usedforsecurity=False).hexdigest())


SCRIPTS: Mapping[str, Script] = MappingProxyType(dict(_scripts()))
"""By the name of the deed."""
