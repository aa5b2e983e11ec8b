"""What a check can find wrong, before it is put into words."""

from __future__ import annotations

__all__ = ["NotTried", "Problem"]


class Problem(Exception):
    """Something is wrong; ``name`` is its row in ``remedies.REMEDIES``, ``facts`` fill that row's text."""

    def __init__(self, name: str, **facts: object) -> None:
        super().__init__(name)
        self.name = name
        self.facts = facts


class NotTried(Exception):
    """The check cannot be made here, which is no failure; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.name)
        self.problem = problem
