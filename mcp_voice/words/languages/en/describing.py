"""English words that tell whether the name of a choice describes something else: the "flat" of "a flat tire"."""

from __future__ import annotations

import re

from mcp_voice.words.text import word_set

__all__ = [
    "ADVERBS",
    "BEFORE_NO_NOUN",
    "CHOOSING",
    "DEGREES",
    "HAPPENING",
    "KINDS",
    "ONE_OF_MANY",
    "ORDINARY",
    "PREDICATING",
    "SOMEBODYS",
    "STATING",
]

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
BEFORE_NO_NOUN = word_set("""
    because since as is are was were would should will can could sound look seem work then and or not but for over
    instead too only all any it that this these i we you he she they in on at of to from with by if when while so
    now today already again option choice answer variant version
""")
"""What may follow a choice that is named, besides the ordinals and the words that name nothing."""
