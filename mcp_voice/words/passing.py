"""English words that are said around a choice."""

from __future__ import annotations

from mcp_voice.words.text import word_set

__all__ = ["FLUFF"]

# Words around a choice that name nothing: "I think I'd go with the second one, please".
FLUFF = word_set("""
    i we would will like go going with ahead for take pick choose use want prefer think guess say it that this is be
    to by please one thank thanks ok yes yeah yep well so just definitely probably lets let me my answer option
    choice number the a an in on of at them can you do have keep leave turn switch make set should actually then
    sure right oh 1 maybe had rather give get favorite best and put color
""")
