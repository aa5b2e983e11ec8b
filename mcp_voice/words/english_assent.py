"""English ways to agree, and what only sounds like it, brought to words that `mcp_voice.words.polarity` knows."""

from __future__ import annotations

import re
from collections.abc import Collection

from mcp_voice.words.languages.en.agreeing import ASSENTS, DOES, DOES_IT, DOING, OURSELVES, WILL
from mcp_voice.words.text import plain

__all__ = ["told_plainly"]


def told_plainly(text: str, verbs: Collection[str]) -> str:
    """The text with "that works for me" as a yes, and "I'll do it" or "I'm fine" as `OURSELVES`."""
    told = "|".join(re.escape(verb) for verb in sorted({*DOES, *verbs}))
    myself = rf"\b(?:i|we){WILL}(?: {DOING})* (?:{told})\b{DOES_IT}"
    line = re.sub(myself, OURSELVES, plain(text))
    for pattern, meaning in ASSENTS:
        line = pattern.sub(meaning, line)
    return line
