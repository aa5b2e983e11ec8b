"""What is known of a language: words and phrases, no grammar."""

from __future__ import annotations

from dataclasses import dataclass

from mcp_voice.words.text import phrase_set

__all__ = ["Lexicon", "Vocabulary", "said_set"]


def said_set(table: str) -> frozenset[str]:
    """The phrases of a table as `said_words` parts them: an apostrophe or a dash parts two words."""
    return phrase_set(table.replace("'", " ").replace("-", " "))


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What is known of every language of ours; everything in lower case, with its accents."""

    fillers: frozenset[str]
    yes: frozenset[str]
    """What is a yes by itself."""
    no: frozenset[str]
    """What is a no by itself."""
    digits: frozenset[str]
    """The names of the digits as they are dictated."""
    signs: frozenset[str]
    """Signs by their names, as in an address: a dictation cannot end in one."""
    story_endings: frozenset[str]
    """With one of these somebody who was asked for a story says that it is over."""
    before_story_ending: frozenset[str]
    """What may stand before one of these and changes nothing of it, as "not sure" would."""
    joining: str
    """The word for "and": a recogniser that writes no full stops has the whole story in one sentence."""
    greetings: frozenset[str]
    """The whole of what somebody says at the telephone who does not know yet who is calling."""
    tones: frozenset[str]
    """What only a machine says, of the tone after which one is to speak."""
    mailboxes: frozenset[str]
    """What a mailbox says of itself and of whom it stands for; a human may, too, but hardly as the first thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon(Vocabulary):
    """A language other than English, with what stands in for a grammar."""

    dangling: frozenset[str]
    """Last words that ask for more: articles, prepositions, conjunctions, subject pronouns, auxiliaries."""
    openings: frozenset[str]
    """Last words, more than one, that ask for more."""
    whole: frozenset[str]
    """Sentences that are whole though their last word is listed above."""
    closings: frozenset[str]
    """Endings, more than one word, that are whole all the same."""
    requests: frozenset[str]
    """Requests to wait."""
    denials: frozenset[str]
    """With one of these in it a reply names no choice: "not", "never", "stop", "forget", "wrong"."""
    exceptions: frozenset[str]
    """The same for "except", "instead of", "another"."""
    doubts: frozenset[str]
    """The same for "perhaps", "I do not know", "it depends"."""
    conditions: frozenset[str]
    """The same for "if", "only", "but"."""
    courtesy: frozenset[str]
    """Please, thank you, and hesitation: they change nothing of any answer."""
    around: frozenset[str]
    """What else may stand beside the name of a choice and changes nothing: "I would take", "is better", "now"."""
    reasons: frozenset[str]
    """What introduces a reason, which may be in any words: "because"."""
    asking: frozenset[str] = frozenset()
    """First words that ask, where a question begins with its verb and a recogniser may write no question mark."""
