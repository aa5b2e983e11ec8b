"""What is said to a person when whoever asked them was cut off, and asks again."""

from __future__ import annotations

from mcp_voice.words.languages import primary

__all__ = ["cut_off"]

SENTENCES = {
    "de": "Entschuldigung, ich wurde unterbrochen.",
    "en": "Sorry, I was cut off.",
    "es": "Perdón, se me cortó.",
    "fr": "Pardon, j'ai été coupé.",
    "it": "Scusi, mi sono interrotto.",
    "nl": "Sorry, ik werd onderbroken.",
    "pt": "Desculpe, fui interrompido.",
}


def cut_off(language: str) -> str:
    """The sentence in a language (a BCP 47 tag); empty where we have none: another language is no help."""
    return SENTENCES.get(primary(language), "")
