"""What a check can find wrong, before it is put into words."""

from __future__ import annotations

import re

__all__ = ["NotTried", "Problem", "told"]


class Problem(Exception):
    """Something is wrong; ``name`` is its row in ``remedies.REMEDIES``, ``facts`` fill that row's text."""

    def __init__(self, name: str, **facts: object) -> None:
        super().__init__(name)
        self.name = name
        self.facts = facts


def told(name: str, error: object) -> Problem:
    """A problem that an error of ours tells in its own words: what failed, and in its other sentences what to do.

    What it says of doctor is left out: whoever reads this has called it already.
    """
    text = re.sub(r"(;? see)?;? ?`mcp-voice doctor`( finds out more)?", "", str(error)).strip()
    why, _, fix = text.partition(". ")
    return Problem(name, why=f"{why.rstrip('.')}.", fix=fix.removesuffix(" .") or "Try again.")


class NotTried(Exception):
    """The check cannot be made here, which is no failure; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.name)
        self.problem = problem
