"""What a check can find wrong, before it is put into words."""

from __future__ import annotations

from mcp_voice.errors import SHOWS_MORE, VoiceError

__all__ = ["NotTried", "Problem", "told"]


class Problem(Exception):
    """Something is wrong; ``name`` is its row in ``remedies.REMEDIES``, ``facts`` fill that row's text.

    ``code`` is that of the error of ours that it tells (``error_codes``), else the name.
    """

    def __init__(self, name: str, *, code: str = "", **facts: object) -> None:
        super().__init__(name)
        self.name = name
        self.code = code or name
        self.facts = facts


def told(name: str, error: VoiceError) -> Problem:
    """A problem that an error of ours tells in its own words.

    What it says of doctor is left out: whoever reads this has called it already.
    """
    fix = error.fix.replace(f"; {SHOWS_MORE}", "").replace(f"{SHOWS_MORE}.", "").strip()
    return Problem(name, code=error.code, why=error.what, fix=fix or "Try again.")


class NotTried(Exception):
    """The check cannot be made here, which is no failure; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.name)
        self.problem = problem
