"""The signs of an address by their names: how each is spoken, and all the ways in which it is heard."""

from __future__ import annotations

from mcp_voice.words.languages import ENGLISH, lexicon_of

__all__ = ["heard_symbols", "spoken_symbols"]


def spoken_symbols(language: str) -> tuple[tuple[str, str], ...]:
    """Each sign with its word in a language (a BCP 47 tag), in English where we do not know it."""
    return (lexicon_of(language) or ENGLISH).symbols


def heard_symbols(language: str) -> tuple[tuple[str, str], ...]:
    """Each sign with every word for it, in that language and in English."""
    lexicon = lexicon_of(language) or ENGLISH
    return (*ENGLISH.more_symbols, *lexicon.more_symbols, *lexicon.symbols, *ENGLISH.symbols)
