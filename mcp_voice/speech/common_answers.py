"""Short answers that people give whatever the choices are."""

from __future__ import annotations

__all__ = ["COMMON", "NUMBERS", "PERCENTAGES", "TEENS", "TENS", "UNITS"]

COMMON = (
    "yes", "yeah", "no", "okay", "sure", "stop", "yes please", "no thanks", "no thank you", "maybe", "wait", "cancel",
    "continue", "go ahead", "right", "correct", "not now", "later", "thank you", "thanks", "not yet", "i don't know",
    "never mind", "skip", "next", "done", "both", "neither", "all of them", "none", "the first one", "the second one",
    "hello", "help", "repeat", "what", "again", "please repeat", "of course", "absolutely", "exactly", "tomorrow",
    "today", "nothing", "true", "false", "one hundred", "a hundred", "one thousand", "a thousand",
)  # fmt: skip
"""No "nope" and "yep": they would win over "no" and "yes", and are understood as those without being here."""
UNITS = "one two three four five six seven eight nine".split()  # noqa: SIM905  # reads better than a list of 9
TEENS = "zero ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()  # noqa: SIM905
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905

NUMBERS = (*UNITS, *TEENS, *TENS, *(f"{ten} {unit}" for ten in TENS for unit in UNITS))
PERCENTAGES = tuple(f"{number} percent" for number in (*UNITS, *TEENS, *TENS))
