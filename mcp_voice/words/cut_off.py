"""What is said to a person when whoever asked them was cut off, and asks again."""

from __future__ import annotations

from mcp_voice.words.languages import lexicon_of

__all__ = ["cut_off"]


def cut_off(language: str) -> str:
    """The sentence in a language (a BCP 47 tag); empty where we have none: another language is no help."""
    lexicon = lexicon_of(language)
    return lexicon.cut_off if lexicon else ""
