"""What words alone can tell: whether a sentence can be over, and which of several choices was named.

Pure functions of text; no recogniser, no clock.
"""

from __future__ import annotations

from mcp_voice.words.choices import choice_by_key, chosen, named_choice, names_a_choice_completely
from mcp_voice.words.closings import closes_a_story
from mcp_voice.words.hesitation import only_hesitates
from mcp_voice.words.sentences import asks_for_time, knows_sentences, unfinished
from mcp_voice.words.symbols import heard_symbols, spoken_symbols
from mcp_voice.words.telephone import asks_for_a_message, greets_on_the_phone, speaks_of_a_mailbox
from mcp_voice.words.text import question_key

__all__ = [
    "asks_for_a_message",
    "asks_for_time",
    "choice_by_key",
    "chosen",
    "closes_a_story",
    "greets_on_the_phone",
    "heard_symbols",
    "knows_sentences",
    "named_choice",
    "names_a_choice_completely",
    "only_hesitates",
    "question_key",
    "speaks_of_a_mailbox",
    "spoken_symbols",
    "unfinished",
]
