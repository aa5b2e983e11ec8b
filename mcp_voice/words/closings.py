"""Whether somebody who was asked for a story says that it is over."""

from __future__ import annotations

from mcp_voice.words.languages import Lexicon, lexicon_of
from mcp_voice.words.text import last_words

__all__ = ["closes_a_story"]


def closes_a_story(text: str, *, language: str = "en") -> bool:
    """Whether the text ends in a phrase as "and that's all"; of a language that we do not know, never.

    Args:
        text: What a recogniser made of the turn so far.
        language: A BCP 47 tag, of which the primary subtag counts.
    """
    known, said = lexicon_of(language), last_words(text)
    if known is None or said.trails_off or said.asks:
        return False
    return any(_closes(said.line, ending, known) for ending in known.story_endings)


def _closes(line: str, closing: str, known: Lexicon) -> bool:
    if line == closing or line.endswith(f" {known.joining} {closing}"):
        return True
    before = line.removesuffix(f" {closing}")
    return before != line and before in known.before_story_ending
