"""What is left to take out of a language model's answer before it is spoken; captions keep it."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from typing import Literal

from mcp_voice.texts.markup import spoken_words

__all__ = ["TRANSFORMS", "without_marks"]

LONGEST_WORD = 2_000
"""Characters that are held back for the end of a word."""


async def without_marks(text: AsyncIterable[str]) -> AsyncIterator[str]:
    """The pieces of an answer as they come, word by word, with web addresses, snake_case and tables made speakable."""
    held = ""
    async for piece in text:
        held += piece
        end = max(held.rfind(" "), held.rfind("\n")) + 1
        if not end and len(held) > LONGEST_WORD:
            end = len(held)
        if end:
            yield spoken_words(held[:end])
            held = held[end:]
    if held:
        yield spoken_words(held)


TRANSFORMS: Sequence[
    Literal["filter_markdown", "filter_emoji"] | Callable[[AsyncIterable[str]], AsyncIterable[str]]
] = ("filter_markdown", "filter_emoji", without_marks)
"""For an ``AgentSession``: LiveKit's own, which are for answers that are still being written, and what they leave."""
