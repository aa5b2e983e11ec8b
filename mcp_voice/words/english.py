"""English: which last words ask for more.

Sentences that look cut but are whole are recognised first ("what I was looking for", "yes I would", "turn it on"); what
is left is judged by its last word. Written for replies to an engineer's questions. At first sight of 684 replies
that were set down before the rules that met them, 9.7 % of the 269 cut ones were taken for whole (a third of these
can be an answer too, as "add three") and 4.6 % of the 415 whole ones for cut.
"""

from __future__ import annotations

from collections.abc import Callable

from mcp_voice.words.languages import ENGLISH
from mcp_voice.words.languages.en.endings import ELLIPTIC_WITH_YES, THOUGHT
from mcp_voice.words.languages.en.kinds import (
    ADVERBS,
    ANSWERS,
    ATTRIBUTES,
    ATTRIBUTES_AFTER_THE,
    AUXILIARIES,
    BEFORE_A_LABEL,
    BEFORE_A_PLAIN_DOT,
    BEFORE_AN_OPEN_ADVERB,
    BEFORE_AN_OPEN_PRONOUN,
    BREAKS,
    CONTRACTIONS,
    LABELS,
    LEADS,
    NEGATIVES,
    NOUN_OPENERS,
    OBJECT_VERBS,
    OPEN_ADVERBS,
    OPENERS,
    PARTICLES,
    POINTING,
    PREPOSITIONS,
    PRONOUNS,
    QUANTITIES,
    QUESTION_WORDS,
    RELATIVES,
    SAYING,
    STRANDING,
    SUBJECTS,
    SUBORDINATORS,
    WANTING,
    WHOLE_CLAUSES,
)
from mcp_voice.words.languages.everywhere import HUMMED
from mcp_voice.words.text import LastWords

__all__ = ["cut_short"]

WordTuple = tuple[str, ...]


def _core(words: WordTuple) -> tuple[WordTuple, bool]:
    """The words after those that only lead to an answer, and whether yes or no was among these."""
    at = 0
    while at < len(words) - 1 and words[at] in LEADS:
        at += 1
    return words[at:], any(word in ANSWERS for word in words[:at])


def _before(words: WordTuple) -> str:
    return words[-2] if len(words) > 1 else ""


def _object_named(words: WordTuple) -> bool:
    """Whether the object of the last word was named before its subject, as in "the one I want"."""
    for at in range(len(words) - 2, 0, -1):
        if words[at] in BREAKS:
            return False
        subject = words[at].partition("'")[0] in PRONOUNS | {"people", "to"} and words[at] not in {"that", "this"}
        if subject:
            before = words[: at - 1] if words[at - 1] == "that" else words[:at]
            if any(word in RELATIVES for word in before[-3:]):
                return True
            if words[0] not in PREPOSITIONS and _ends_in_a_noun(before):
                return True
    # A question: "which one do you prefer".
    return words[0] in RELATIVES and bool(words[2:]) and not any(word in BREAKS for word in words[2:])


def _ends_in_a_noun(words: WordTuple) -> bool:
    """Whether these words end in an article and what may be a noun, as "the database"."""
    no_noun = SUBORDINATORS | PREPOSITIONS | LEADS | OBJECT_VERBS | AUXILIARIES
    return bool(words) and words[-1] not in no_noun and any(w in POINTING for w in words[-4:-1])


def _preposition(words: WordTuple) -> bool:
    last, before = words[-1], _before(words)
    if any(" ".join(words[-size:]) in PARTICLES for size in (2, 3)):
        return False
    collocation = before in STRANDING.get(last, ())
    if last in {"before", "after", "over"}:
        return not collocation  # They stand alone as adverbs.
    if last == "to" and before in WANTING and words[0] not in {"what", "all"}:
        return not _object_named(words[:-1])
    return not (collocation and any(word in RELATIVES for word in words[:-2]))


def _verb(words: WordTuple) -> bool:
    core, _ = _core(words)
    return _before(core) not in NOUN_OPENERS and not _object_named(words)


def _saying(words: WordTuple) -> bool:
    """Unlike in "Postgres, I think", nothing was said yet."""
    core, _ = _core(words)
    return bool(THOUGHT.search(" ".join(core)))


def _auxiliary(words: WordTuple) -> bool:
    directly = _before(words).partition("'")[0] in PRONOUNS | ADVERBS or words[-1] == "do"
    return not (directly and len(set(words)) > 2 and _object_named(words))  # noqa: PLR2004 - "it does" names nothing


def _adverb(words: WordTuple) -> bool:
    before = _before(words)
    if not before:
        return words[0] in OPEN_ADVERBS
    cut = SUBJECTS | AUXILIARIES | CONTRACTIONS | NEGATIVES
    return before in cut | BEFORE_AN_OPEN_ADVERB


def _pronoun(words: WordTuple) -> bool:
    """A subject without its verb: "because it", "when you"."""
    before = _before(words)
    if words[-1] in SUBJECTS:
        return True
    if words[-1] in {"it", "there"} and before in BEFORE_AN_OPEN_PRONOUN:
        return True
    return before in SUBORDINATORS - WHOLE_CLAUSES


def _label(words: WordTuple) -> bool:
    core, _ = _core(words)
    before = _before(core)
    if core[-1] in {"dot", "point"}:
        return before not in BEFORE_A_PLAIN_DOT
    return not before or before in BEFORE_A_LABEL


def _attribute(words: WordTuple) -> bool:
    before = _before(words)
    return before in {"a", "an"} or (before in {"the", "our", "my", "your"} and words[-1] in ATTRIBUTES_AFTER_THE)


def _always(words: WordTuple) -> bool:
    return bool(words)


def _not_alone(words: WordTuple) -> bool:
    return len(words) > 1


def _some(words: WordTuple) -> bool:
    return _before(words) not in {"have", "me", "need"}


def _well(words: WordTuple) -> bool:
    return _before(words) in LEADS | ENGLISH.fillers | {""}


def _then(words: WordTuple) -> bool:
    return _before(words) in {"and", "but", "so"}


def _please(words: WordTuple) -> bool:
    core, _ = _core(words)
    return _before(core) in {"you", "i", "we"}


# What the last word may be, and whether it then asks for more.
ENDINGS: tuple[tuple[frozenset[str], Callable[[WordTuple], bool]], ...] = (
    (ENGLISH.fillers | ENGLISH.dangling | CONTRACTIONS | {"so"}, _always),
    (PREPOSITIONS, _preposition),
    (AUXILIARIES | NEGATIVES, _auxiliary),
    (OBJECT_VERBS, _verb),
    (SAYING, _saying),
    (ADVERBS, _adverb),
    (PRONOUNS, _pronoun),
    (LABELS, _label),
    (ATTRIBUTES, _attribute),
    (QUESTION_WORDS, _not_alone),
    (QUANTITIES, _some),
    (frozenset({"well"}), _well),
    (frozenset({"then"}), _then),
    (frozenset({"please"}), _please),
)


def cut_short(said: LastWords) -> bool:
    """Whether the last sentence asks for more words; requests to wait and other punctuation are the caller's."""
    last = said.words[-1]
    if said.words[-2:] in HUMMED:
        return False
    words = (*(word for word in said.words[:-1] if word not in ENGLISH.fillers), last)
    core, led = _core(words)
    line, core_line = " ".join(words), " ".join(core)
    elliptic = (led and last not in SAYING) or said.stopped
    if ENGLISH.whole.search(core_line) or (elliptic and ELLIPTIC_WITH_YES.search(core_line)):
        return False
    # A possessive, as in "the server's", is as open as an opener.
    if core_line in OPENERS or (last.endswith("'s") and last not in CONTRACTIONS):
        return not said.stopped
    if ENGLISH.closings.search(line) and core_line not in {"so", "not only"}:
        return False
    return bool(ENGLISH.openings.search(line) or ENGLISH.openings.search(core_line)) or any(
        last in endings and asks(words) for endings, asks in ENDINGS
    )
