"""Bounds for what several people fill together: nobody's words are pushed out by those of somebody who says more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

__all__ = ["size", "split", "trim"]

T = TypeVar("T")


def size(text: str) -> int:
    """Bytes of a text in a result (UTF-8)."""
    return len(text.encode())


def split(text: str, most: int) -> tuple[str, str]:
    """The first ``most`` bytes of a text, up to the end of a word where there is one, and what is left of it."""
    if size(text) <= most:
        return text, ""
    head = text.encode()[: max(0, most)].decode(errors="ignore")
    space = head.rfind(" ")
    head = head[:space] if space > len(head) // 2 else head
    return head, text[len(head) :].lstrip()


def trim(items: list[T], *, owner: Callable[[T], str], text: Callable[[T], str], most: int, most_bytes: int) -> None:
    """Drop the oldest items of whoever has most, until there are ``most`` at most and nobody has over ``most_bytes``.

    ``items`` are oldest first. The newest item of each owner stays, whatever its size.
    """
    counts = Counter(owner(item) for item in items)
    sizes: Counter[str] = Counter()
    for item in items:
        sizes[owner(item)] += size(text(item))

    def drop(who: str) -> None:
        index = next(number for number, item in enumerate(items) if owner(item) == who)
        sizes[who] -= size(text(items.pop(index)))
        counts[who] -= 1

    for who in sizes:
        while sizes[who] > most_bytes and counts[who] > 1:
            drop(who)
    while len(items) > most:
        drop(max(counts, key=lambda who: counts[who]))
