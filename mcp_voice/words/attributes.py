"""Words that are the name of a choice and here describe something else: the "flat" of "I have a flat tire"."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from mcp_voice.words.languages.en import FLUFF
from mcp_voice.words.spoken import BREAK, ORDINALS
from mcp_voice.words.text import plain, word_set

__all__ = ["proper_name", "without_attributes", "without_predicates"]

ONE_OF_MANY = word_set("a an another")
"""Before them nothing is singled out of what was offered, as "the" does."""
SOMEBODYS = word_set("my his her its our their")
STATING = word_set("have has had got get there is was it that this")
"""What says before "a flat tire" that there is one. The "is" of "it's" is not among the words any more."""
HAPPENING = word_set("is was are were has had got broke went")
"""What says it after "my flat screen"."""
DEGREES = word_set("completely totally quite very pretty so too all")
ADVERBS = DEGREES | word_set("already just also still only really now")
PREDICATING = word_set("""
    is was are were be been am it that this he she they went go goe going fell fall feel felt look looked got get run
    ran stay stayed lie lay lying ly came became getting becoming turned turning
""")
"""Before them and a bare "flat" nobody names a thing that was offered as "a flat"."""
KINDS = word_set("""
    database db server cluster instance backend installation setup system account subscription license licence project
    repository repo stack environment deployment application app service machine node container client
""")
"""What there is of a product, which is named before it: "a Postgres database"."""
ORDINARY = word_set("""
    a b c d first second third last next new old young small little big large huge tiny medium short long high low
    good bad better best worse broken working nice simple easy hard complex real true false same different other single
    double separate dedicated shared common general special specific particular main primary secondary master central
    red green blue black white grey gray silver gold brown yellow orange purple pink dark light bright
    local remote cloud home work office house site online offline onsite hosted managed private public internal external
    global regional international national european american german english french
    free paid premium basic standard plus pro business personal corporate enterprise family individual team company
    customer user admin guest student school bank saving checking joint trial annual yearly monthly weekly daily hourly
    test testing staging production development dev live demo backup spare reserve replica mirror legacy modern current
    existing default custom own virtual physical embedded portable mobile desktop web mail email file print game media
    chat voice phone music video photo news weather security secure safe open closed full empty busy idle quiet loud
    hot cold warm cool dry wet fast slow quick cheap expensive heavy strong weak soft solid flat round square
    sql nosql relational graph vector key document time memory disk storage data log queue cache search payment billing
    booking order delivery support help sale marketing health medical legal tax car bus train bike plane
    morning evening afternoon night today tomorrow monday tuesday wednesday thursday friday saturday sunday
    january february march april may june july august september october november december summer winter spring autumn
    coffee tea water wine beer apple pear doctor nurse teacher yes no maybe on off up down in out left right
""")
"""Words that stand before those in passing: "I have a local database" chooses nothing."""
CHOOSING = re.compile(
    r"'(?:ll|d)\b|\b(?:want|like|love|prefer|choose|chose|pick|select|take|use|need|go|going|let|lets|make|set|try"
    r"|start|vote|give|please|better|best|rather|favou?r|will|would|should|could|can|may|must|shall|think|guess"
    r"|suppose|say|definitely|yes|yeah|yep|ok|okay|sure|sounds?|seems?|works?|fine)\b"
)
"""Whoever says one of these is expected to choose."""
NO_NOUN = (
    FLUFF
    | ORDINALS.keys()
    | word_set("""
        because since as is are was were would should will can could sound look seem work then and or not but for over
        instead too only all any it that this these i we you he she they in on at of to from with by if when while so
        now today already again option choice answer variant version
    """)
)
"""What may follow a choice that is named."""


def proper_name(choice: str) -> bool:
    """Whether the choice, of one word, is written as the name of a product, a place or a person."""
    letters = choice.strip(" .!?")
    mixed = letters.isalnum() and any(map(str.isupper, letters[1:])) and any(map(str.islower, letters))
    return mixed or (letters.isalpha() and letters[:1].isupper() and letters.lower() not in ORDINARY)


def without_attributes(
    text: str, words: Sequence[str], names: Collection[str], *, proper: Collection[str] = ()
) -> list[str]:
    """The words, without each name of one word that describes something in a statement that chooses nothing.

    ``words`` are those of the text in their canonical form, with the articles. ``proper``: the names of products and
    their like, which say what kind of database, say, it is that there is.
    """
    # Whoever sends a million spaces between two words is not to hold the loop.
    if CHOOSING.search(plain(" ".join(text.split()))):
        return list(words)
    return [
        word
        for at, word in enumerate(words)
        if not (word in names and _describes(words, at)) or (word in proper and words[at + 1] in KINDS)
    ]


def without_predicates(words: Sequence[str], things: Collection[str]) -> list[str]:
    """The words, without each "flat" of "the tire is flat", where "a flat" was offered: ``things`` are such words."""
    return [word for at, word in enumerate(words) if not (word in things and _predicated(words, at))]


def _predicated(words: Sequence[str], at: int) -> bool:
    if words[at - 1 : at] and words[at - 1] in ONE_OF_MANY | {"the"}:
        return False
    before = next((word for word in reversed(words[:at]) if word not in ADVERBS), BREAK)
    degree = bool(at) and words[at - 1] in DEGREES
    return degree or before in PREDICATING or not (before == BREAK or before in FLUFF)


def _describes(words: Sequence[str], at: int) -> bool:
    """Whether the word there stands before a noun that somebody says there is."""
    then = words[at + 1] if at + 1 < len(words) else BREAK
    if then == BREAK or then in NO_NOUN or then[0].isdigit() or not at:
        return False
    before = [word for word in words[: at - 1] if word not in ADVERBS]
    if words[at - 1] in ONE_OF_MANY:
        return bool(before) and before[-1] in STATING
    return words[at - 1] in SOMEBODYS and not HAPPENING.isdisjoint(words[at + 2 : at + 4])
