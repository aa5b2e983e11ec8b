"""What is said alike in every language."""

from __future__ import annotations

from mcp_voice.words.text import word_set

__all__ = ["HUMMED", "SPELLED"]

HUMMED = frozenset({("mm", "hmm"), ("mm", "hm"), ("hm", "hmm"), ("hm", "hm"), ("uh", "hm"), ("uh", "huh")})
"""Two sounds that together are a yes, as recognisers write "mm-hm"."""
SPELLED = word_set("""
    alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar papa
    quebec romeo sierra tango uniform victor whiskey whisky xray yankee zulu
""")
"""The spelling alphabet of ICAO and ITU."""
