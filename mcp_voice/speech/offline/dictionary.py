"""The pronouncing dictionary of pocketsphinx's English model, read in place: held in memory it takes 30 MB."""

from __future__ import annotations

import mmap
import re
from contextlib import ExitStack
from pathlib import Path

__all__ = ["Dictionary"]

VARIANT = re.compile(rb"\(\d+\)$")


class Dictionary:
    """The sounds of words, in a file whose lines are in the order of their words' bytes."""

    def __init__(self, path: Path, resources: ExitStack) -> None:
        """``resources`` closes the file; raises OSError."""
        file = resources.enter_context(path.open("rb"))
        self._text = resources.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def sounds(self, word: str) -> str | None:
        """ARPAbet phones with spaces between, or None; ``word`` or, for another way to say it, ``word(2)``.

        A search by halves, 10 to 20 us: one from the top takes 1 ms, and a choice may ask for a hundred words.
        """
        entry = word.encode(errors="replace")
        wanted = VARIANT.sub(b"", entry)
        at = self._first(wanted)
        while at < len(self._text):
            end = self._end(at)
            found, _, phones = self._text[at:end].partition(b" ")
            if found == entry:
                return phones.decode().strip()
            if VARIANT.sub(b"", found) != wanted:
                return None
            at = end + 1
        return None

    def _first(self, wanted: bytes) -> int:
        """Where the first line begins whose word is not before the wanted one."""
        low, high = 0, len(self._text)
        while low < high:
            middle = self._text.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = self._end(middle)
            if VARIANT.sub(b"", self._text[middle:end].partition(b" ")[0]) < wanted:
                low = end + 1
            else:
                high = middle
        return low

    def _end(self, at: int) -> int:
        end = self._text.find(b"\n", at)
        return len(self._text) if end < 0 else end
