"""Whether the words so far can be all that somebody wanted to say."""

from __future__ import annotations

from mcp_voice.words import english
from mcp_voice.words.dictation import dictates
from mcp_voice.words.languages import ENGLISH, Lexicon, lexicon_of
from mcp_voice.words.text import LastWords, last_words

__all__ = ["asks_for_time", "knows_sentences", "unfinished"]


def unfinished(text: str, *, language: str = "en") -> bool:
    """Whether these words are those of a sentence that cannot be over, as "I would like the".

    A trailing comma, dash or ellipsis is believed, a question mark too; a full stop decides only what the words leave
    open, because some recognisers put one on everything. A request for time ("hold on") is unfinished, and so is what
    is dictated in groups ("four nine one").

    Args:
        text: What a recogniser made of the turn so far.
        language: A BCP 47 tag, of which the primary subtag counts; of any that we do not know, only dictated numerals
            can be unfinished.
    """
    said = last_words(text)
    lexicon = lexicon_of(language)
    if said.words and not said.asks and dictates(text, language=language):
        return True
    if not said.words or lexicon is None:
        return False
    if asks_for_time(text, language=language) or said.trails_off:
        return True
    if said.asks:
        return False
    return english.cut_short(said) if lexicon is ENGLISH else _cut_short(said, lexicon)


def knows_sentences(language: str) -> bool:
    """Whether `unfinished` can tell of more than dictated numerals in that language (a BCP 47 tag)."""
    return lexicon_of(language) is not None


def asks_for_time(text: str, *, language: str = "en") -> bool:
    """Whether the text ends in a request to wait, as "hold on" or "let me think"; languages as in `unfinished`."""
    lexicon = lexicon_of(language)
    if lexicon is None:
        return False
    words = (word for word in last_words(text).words if word not in lexicon.beside_requests)
    return lexicon.requests.search(" ".join(words)) is not None


def _cut_short(said: LastWords, lexicon: Lexicon) -> bool:
    """The verdict of a language for which we have words, but no grammar."""
    if lexicon.whole.search(said.line) or lexicon.closings.search(said.line):
        return False
    last = said.words[-1]
    listed = last in lexicon.dangling or last in lexicon.fillers or lexicon.openings.search(said.line)
    return bool(listed) or last.endswith("'")  # An elided article: "l'".
