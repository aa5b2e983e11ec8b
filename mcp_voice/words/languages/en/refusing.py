"""English ways to deny a choice, to correct oneself, and to take an answer back, each list beside the others."""

from __future__ import annotations

import re

__all__ = [
    "ALL_BUT",
    "BEING_RID_OF",
    "BRIDGES",
    "CALLED_OFF",
    "CORRECTED",
    "CORRECTIONS",
    "DENIALS",
    "DENIED_AFTER",
    "DENYING_PHRASES",
    "NO_SUBJECT",
    "REFUSED",
    "TAKEN_BACK",
    "TAKEN_BACK_ALONE",
    "WAIT_FOR",
]

# Between the names of two choices, and after the last one.
CORRECTIONS = ("no wait", "wait", "sorry", "i mean", "scratch that", "or rather", "make that", "correction", "no",
               "on second thought", "hang on", "hold on", "actually", "not that", "oh no", "but now")  # fmt: skip
WAIT_FOR = re.compile(r"\bwait (?:for|until|till)\b")
BRIDGES = frozenset({"or", "nor", "and"})
DENIALS = frozenset({"not", "never", "without", "except", "neither", "nor", "no", "isnt", "dislike", "hate", "against",
                     "unlike", "avoid", "skip", "drop"})  # fmt: skip
ALL_BUT = frozenset({"any", "anything", "all", "everything", "none", "nothing"})
DENYING_PHRASES = (("instead", "of"), ("rather", "than"), ("anything", "but"), ("other", "than"), ("over",), ("than",))
BEING_RID_OF = re.compile(
    r"\b(?:g[eo]t(?:ting)? rid of|(?:stop|stopped|quit|ceased) (?:using|running|with)|moved? on from|gave up(?: on)?"
    r"|(?:away|move|moved|moving|migrate|migrated|migrating|switch|switched|switching|change|changed|changing|came"
    r"|come|coming)(?: away| over| back)? from|(?:fed up|done|finished) with|(?:sick|tired) of"
    r"|(?:problem|trouble|issue|bug) with|(?:i|we|they|have|has|just|already) left|used to (?:have|use|run)"
    r"|deleted|removed|uninstalled|dropped|skipped|avoided|ditched|cancell?ed|hated|disliked|rejected|abandoned"
    r"|replaced)(?: (?:the|our|my|a|an|all|that|this|old))*$"
)
"""What is said right before that which somebody has no more."""
DENIED_AFTER = ("is not", "will not", "would not", "do not", "doe not", "does not", "can not", "should not", "was not",
                "no", "not", "is bad", "is wrong", "is out",
                "is too", "is slow", "is broken", "is expensive", "is worse", "is terrible", "is down", "is dead",
                "is gone", "is full", "is useless", "is awful", "is horrible", "is unavailable", "is impossible",
                "was down", "was too", "was slow", "was bad", "was broken", "was terrible", "went down", "crashed",
                "crashe", "crash", "failed", "fail", "died", "broke", "suck", "stopped working", "has crashed",
                "has failed", "keep crashing", "kept crashing", "doesnt work", "does not work",
                "before but", "but it failed", "but it crashed", "but it broke", "but it did not",
                "but it does not")  # fmt: skip
REFUSED = re.compile(
    r"\b(?:nope|nah|no way(?! (?:around|about))|no (?:chance|go|thank|thank you)|no no"
    r"|that (?:is )?(?:a )?no(?! (?:brainer|problem|question|doubt))"
    r"|(?:hell|oh|god|ok|well|um|hm|wait|hang on|hold on|sorry|actually) no"
    r"|not (?:(?:a )?chance|at all|now|today|yet|ever|really|anymore|any more|in (?:a )?(?:million|1000000) year)"
    r"|(?:absolutely|definitely|certainly|of course|probably|surely|rather|better|maybe|actually) not|please not$"
    r"|never ?mind|forget (?:it|that|about it)|cancel (?:it|that)|scratch that|take that back|over my dead body"
    r"|under no circumstance|by no mean|on no account|do not(?: do (?:it|that))?$"
    r"|(?<!no )(?<!not )(?<!not even )(?:kidding|joking)|(?<!not )(?<!never )changed my mind"
    r"|(?<!not )the other(?: 1)?$|(?<!not )(?<!the )other(?: 1)?$|(?:something|anything|somebody|someone) else$)(?= |$)"
)
"""What refuses, or takes back, the choice that was named before it; whatever else is said with it."""
NO_SUBJECT = frozenset({"please", "then", "and", "so", "because", "since", "as", "i", "we", "you", "it", "if", "but",
                        "or", "that", "they", "for", "to", "now"})  # fmt: skip

TAKEN_BACK_ALONE = frozenset({"no", "no wait", "wait", "wait no", "scratch that", "no no", "or not", "not", "sorry no"})
"""What takes the choice back that was named before it, where nothing else is said after it."""

# After any answer: a choice, a yes or a no.
TIME = r"(?:moment|second|sec|minute|tick)"
TAKEN_BACK = re.compile(
    # What may stand before it and changes nothing.
    r"^(?:(?:oh|ah|no|but|or|well|so|just|please|hey|ok|actually|sorry|now|then|better|lets|wait|whoa"
    r"|(?:can|could|would) you) )*"
    r"(?:(?:stop|halt|abort|cancel|quit|pause|freeze)"
    r"(?= (?:it|that|this|them|all|everything|the|please|now|right|at once|immediately|there)\b|$)"
    r"|(?:whoa|woah|oop|ooop|careful|wrong|mistake|(?<!no )kidding|(?<!no )joking)$|disregard|undo"
    r"|hold (?:on|it|off|up|your horse)|hang on|slow down|back up|not so fast|call it off"
    rf"|wait(?: (?:up|what|here|there|please|no|(?:(?:a|1|just|for) )*(?:{TIME}|bit|while)))?$"
    r"|(?:forget|scrap|drop|leave|skip|ignore|strike|scratch) (?:it|that|this|about|me|what|everything)"
    r"|never ?mind|(?:i )?take (?:it|that|this) back|(?:i )?(?:have )?changed my mind|on second thought"
    r"|(?:that|this|it|something)(?: is| was)? (?:all )?(?:wrong|(?:a )?mistake|a joke)|that was (?:for|to)"
    r"|(?:that|this) is enough|enough$|(?:the )?wrong (?:1|room|person|button)|(?:my|a) (?:mistake|bad)$"
    r"|i (?:was|am) (?:just |only )?(?:kidding|joking)"
    rf"|let me (?:think|check|see|look|ask)|give me (?:(?:a|1|just) )*{TIME}"
    rf"|(?:(?:a|1|just|in|only) )*{TIME}(?: please)?$"
    r"|(?:maybe )?later(?: on| please)?$|(?:some|an) ?other time$|not you$)(?= |$)"
)

CORRECTED = re.compile(
    r"\b(?:no wait(?! for| until)|wait(?= ,| no| yes| 1|$)|i mean|sorry|scratch that|actually|correction|make that)\b"
)
"""After it comes what is meant instead of what was said before."""
CALLED_OFF = re.compile(
    r"\b(?:cancel|stop|abort|forget (?:it|that|about)|never mind|leave (?:it|that)|drop (?:it|that)|hold off|scrap"
    r"|discard|delete)\b"
)
"""A no to "Shall I?", anywhere in the answer."""
