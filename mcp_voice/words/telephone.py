"""What is said when a telephone is picked up: a human's greeting, or the announcement of a mailbox."""

from __future__ import annotations

from mcp_voice.words.languages import ENGLISH, every, lexicon_of
from mcp_voice.words.said import anywhere, said_words, unbroken

__all__ = ["asks_for_a_message", "greets_on_the_phone", "speaks_of_a_mailbox"]

TONES = every(lambda lexicon: lexicon.tones)
MAILBOXES = every(lambda lexicon: lexicon.mailboxes)
# In every language: the network of whoever is called speaks its own.
LONGEST_PHRASE = max(len(phrase.split()) for phrase in TONES | MAILBOXES)


def greets_on_the_phone(text: str, *, language: str = "en") -> bool:
    """Whether the text is nothing but what somebody says who picks up, in English or that language (BCP 47)."""
    said = " ".join(unbroken(said_words(text)))
    return said in ENGLISH.greetings | (lexicon_of(language) or ENGLISH).greetings


def speaks_of_a_mailbox(text: str) -> bool:
    """Whether the text has words of a mailbox's announcement, in any language of which we have some."""
    return _has(text, TONES | MAILBOXES)


def asks_for_a_message(text: str) -> bool:
    """Whether the text names the tone after which one is to speak, which no human does who answers a question."""
    return _has(text, TONES)


def _has(text: str, phrases: frozenset[str]) -> bool:
    return anywhere(unbroken(said_words(text)), phrases, longest=LONGEST_PHRASE)
