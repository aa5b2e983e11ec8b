"""The shape of a language's file: everything that is known of it, in lower case and with its accents."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mcp_voice.words.text import phrase_set

__all__ = ["Consent", "Lexicon", "endings", "said_set", "sentences"]

NOTHING: frozenset[str] = frozenset()


def said_set(table: str) -> frozenset[str]:
    """The phrases of a table as `said_words` parts them: an apostrophe or a dash parts two words."""
    return phrase_set(table.replace("'", " ").replace("-", " "))


def endings(table: str) -> re.Pattern[str]:
    """Finds each phrase of a table at the end of a line of words; a line of the table may be a pattern.

    Bars and line ends part the phrases. With ``^`` a phrase is the whole of the line.
    """
    lines = (line.strip() for line in table.splitlines())
    return re.compile("|".join(rf"(?:^|(?<= ))(?:{line})$" for line in lines if line))


def sentences(table: str) -> re.Pattern[str]:
    """Finds the phrases of a table, which are parted by bars and line ends, as the whole of a line of words."""
    lines = (line.strip() for line in table.splitlines())
    return re.compile("|".join(rf"^(?:{line})$" for line in lines if line))


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What answers "Shall I?", beside what agrees and refuses anywhere; what is listed here comes first."""

    yes: frozenset[str]
    """A yes, whatever stands beside it."""
    assent: frozenset[str] = NOTHING
    """The same, but not after a no: "no thanks, that is fine"."""
    commands: frozenset[str] = NOTHING
    """What tells us to do it; with a no in the same part of the sentence it is forbidden."""
    why_not: frozenset[str] = NOTHING
    """Questions that agree."""
    no: frozenset[str]
    courtesy: frozenset[str]
    """What changes nothing about a yes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """What is known of a language.

    English has rules besides, for where a sentence ends, what a reply names and what agrees: what only these use is in
    ``en`` beside its lexicon. Every other language has what is here, and no grammar.
    """

    # Where a sentence ends.
    dangling: frozenset[str]
    """Last words that ask for more: articles, prepositions, conjunctions, subject pronouns, auxiliaries."""
    openings: re.Pattern[str]
    """`endings`, of more than one word, that ask for more."""
    whole: re.Pattern[str]
    """`sentences` that are whole though their last word is listed above."""
    closings: re.Pattern[str]
    """`endings`, of more than one word, that are whole all the same."""
    requests: re.Pattern[str]
    """`endings` that request to wait."""
    beside_requests: frozenset[str] = NOTHING
    """Words that may be anywhere in a request."""

    # Hesitation.
    fillers: frozenset[str]
    """Sounds and words with which somebody hesitates."""
    answering_fillers: frozenset[str] = NOTHING
    """Those that are ordinary words, too, or are hummed as a yes: they keep nobody waiting."""
    hesitant: frozenset[str] = NOTHING
    """Words, no fillers within a sentence, that are a hesitation where nothing else is said."""
    beside_hesitation: frozenset[str] = NOTHING
    """Words that may stand beside a hesitation, and that are a reply, or the end of one, by themselves."""

    # What a reply names.
    yes: frozenset[str]
    """What is a yes by itself."""
    no: frozenset[str]
    """What is a no by itself."""
    denials: frozenset[str]
    """With one of these in it a reply names no choice: "not", "never", "stop", "forget", "wrong"."""
    exceptions: frozenset[str]
    """The same for "except", "instead of", "another"."""
    doubts: frozenset[str]
    """The same for "perhaps", "I do not know", "it depends"."""
    conditions: frozenset[str]
    """The same for "if", "only", "but"."""
    also_english: frozenset[str] = NOTHING
    """What of these four is a word of English, too, or a part of a name: in an English room these deny nothing."""
    courtesy: frozenset[str]
    """Please, thank you, and hesitation: they change nothing of any answer."""
    around: frozenset[str]
    """What else may stand beside the name of a choice and changes nothing: "I would take", "is better", "now"."""
    reasons: frozenset[str]
    """What introduces a reason, which may be in any words: "because"."""
    asking: frozenset[str] = NOTHING
    """First words that ask, where a question begins with its verb and a recogniser may write no question mark."""

    # Consent.
    consent: Consent

    # Numbers, letters and addresses.
    digits: frozenset[str]
    """The names of the digits as they are dictated."""
    numbers: frozenset[str]
    """What else is read out in a row of numbers, alone or as a part of a longer word: "twenty", "hundred", "point"."""
    number_joiners: frozenset[str]
    """What stands between two numbers, also within a word: "and"."""
    before_numbers: frozenset[str]
    """Words before a group of numbers or letters that change nothing: "um", "well"."""
    one_letter_words: frozenset[str]
    """Letters that are words, and words that are numbers: they begin no group within a sentence ("give it a 5")."""
    signs: frozenset[str]
    """Signs by their names, as in an address: a dictation cannot end in one."""
    before_signs: frozenset[str] = NOTHING
    """Words, besides those of ``dangling``, after which a sign's name is a plain word: "the dot"."""
    symbols: tuple[tuple[str, str], ...]
    """The signs of an address, each with the word by which it is spoken."""
    more_symbols: tuple[tuple[str, str], ...] = ()
    """The same, each with another word by which it is heard."""
    notes: frozenset[str]
    """The names of notes."""
    sharps: frozenset[str]
    """What raises a note, said after it."""
    flats: frozenset[str]
    """What lowers a note, said after it."""

    # Stories.
    story_endings: frozenset[str]
    """With one of these somebody who was asked for a story says that it is over."""
    before_story_ending: frozenset[str]
    """What may stand before one of these and changes nothing of it, as "not sure" would."""
    joining: str
    """The word for "and": a recogniser that writes no full stops has the whole story in one sentence."""

    # The telephone.
    greetings: frozenset[str]
    """The whole of what somebody says at the telephone who does not know yet who is calling."""
    tones: frozenset[str]
    """What only a machine says, of the tone after which one is to speak."""
    mailboxes: frozenset[str]
    """What a mailbox says of itself and of whom it stands for; a human may, too, but hardly as the first thing."""

    # What we say.
    cut_off: str
    """The sentence before a question that is asked again, since whoever asked it was cut off."""
