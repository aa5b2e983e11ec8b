"""Whether an English answer is taken back, or put off, by what is said after it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mcp_voice.words.spoken import BREAK

__all__ = ["takes_back"]

TIME = r"(?:moment|second|sec|minute|tick)"
TAKES_BACK = re.compile(
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


def takes_back(words: Sequence[str]) -> bool:
    """Whether a part of these words, which follow an answer, takes it back or puts it off.

    Args:
        words: As `mcp_voice.words.spoken.canonical` makes them, with or without articles.
    """
    return any(TAKES_BACK.search(part.strip()) for part in " ".join(words).split(BREAK))
