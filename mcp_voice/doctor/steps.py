"""A check and how it is run: with a limit of its own, within a limit for all, and only where it makes sense."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import anyio

from mcp_voice.doctor.problem import NotTried, Problem
from mcp_voice.doctor.remedies import REMEDIES, Finding, finding
from mcp_voice.doctor.remedy import Remedy
from mcp_voice.doctor.visit import Visit
from mcp_voice.errors import quoted

__all__ = ["CheckOutcome", "Found", "Run", "Step", "StepState"]

log = logging.getLogger(__name__)

StepState = Literal["passed", "doubtful", "failed", "skipped"]
WHOLE_SECONDS = 35.0
"""For all checks but those that may build something, and what slow providers are allowed. Leaving a room that was never
quite entered can take 20 s more, so that all is over within a minute, providers aside."""
LEAST_SECONDS = 1.0
NOT_POSSIBLE = "cannot be checked here"


def always(_: Visit) -> bool:
    """The check is made in every run."""
    return True


def at_once(_: Visit) -> float:
    """No provider is waited for."""
    return 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """What a check that passed has to tell, and what looks doubtful all the same."""

    detail: str
    doubts: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the table of checks; ``limit`` is in seconds."""

    name: str
    title: str
    check: Callable[[Visit], Awaitable[Found]]
    limit: float
    needs: tuple[str, ...] = ()
    """Checks without which this one makes no sense."""
    applies: Callable[[Visit], bool] = always
    late: str = "late"
    """The problem it is when the limit is reached."""
    slowness: Callable[[Visit], float] = at_once
    """Seconds by which it may take longer because a provider may be slow; not counted to the limit for all."""
    repeats: bool = False
    """It may fail for what an earlier check has failed for; then it is left out."""
    own_time: bool = False
    """Not counted to the limit for all: it may build something, and shows how far it is."""


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What became of a check."""

    name: str
    title: str
    state: StepState
    detail: str = ""
    ms: int | None = None
    problems: tuple[Finding, ...] = ()


@dataclass(eq=False)
class Run:
    """Makes checks one after the other and keeps what became of them."""

    visit: Visit
    show: Callable[[CheckOutcome], None]
    begin: Callable[[str], None]
    """Told the title of a check before it is made."""
    remedies: Mapping[str, Remedy] = field(default_factory=lambda: REMEDIES)
    outcomes: list[CheckOutcome] = field(default_factory=list)
    _deadline: float = field(default_factory=lambda: time.monotonic() + WHOLE_SECONDS)

    @property
    def seconds_left(self) -> float:
        """Of the limit for all checks."""
        return self._deadline - time.monotonic()

    def passed(self, name: str) -> bool:
        """Whether a check was made and did not fail."""
        return any(outcome.name == name and outcome.state not in NOT_THERE for outcome in self.outcomes)

    def skip(self, title: str, needed: str) -> None:
        """Note that some checks make no sense without another one, all given by title."""
        self._note(CheckOutcome("rest", title, "skipped", f"needs: {needed}"))

    async def make(self, steps: Sequence[Step]) -> None:
        """Make these checks."""
        for step in steps:
            if step.applies(self.visit):
                self._note(await self._one(step))

    def _note(self, outcome: CheckOutcome) -> None:
        self.outcomes.append(outcome)
        self.show(outcome)

    async def _one(self, step: Step) -> CheckOutcome:
        missing = [each for each in self.outcomes if each.name in step.needs and each.state in NOT_THERE]
        if missing:
            # The reason at the root, where that one was left out as well.
            return CheckOutcome(step.name, step.title, "skipped", missing[0].detail or f"needs: {missing[0].title}")
        limit = step.limit if step.own_time else min(step.limit, self.seconds_left)
        if limit < min(step.limit, LEAST_SECONDS):
            return CheckOutcome(step.name, step.title, "skipped", "no time left after the failures above")
        self.begin(step.title)
        begun = time.monotonic()
        slowness = step.slowness(self.visit)
        found, problem = await self._tried(step, limit + slowness)
        lasted = time.monotonic() - begun
        self._deadline += lasted if step.own_time else min(lasted, slowness)
        ms = round(lasted * 1000)
        if isinstance(problem, NotTried):
            return CheckOutcome(
                step.name, step.title, "skipped", NOT_POSSIBLE, problems=self._in_words([problem.problem])
            )
        if problem is not None:
            failed = CheckOutcome(step.name, step.title, "failed", ms=ms, problems=self._in_words([problem]))
            return self._once(failed) if step.repeats else failed
        doubts = self._in_words(found.doubts)
        return CheckOutcome(step.name, step.title, "doubtful" if doubts else "passed", found.detail, ms, doubts)

    def _once(self, failed: CheckOutcome) -> CheckOutcome:
        told = (each for each in self.outcomes if each.state == "failed" and each.problems == failed.problems)
        before = next(told, None)
        return (
            failed if before is None else CheckOutcome(failed.name, failed.title, "skipped", f"needs: {before.title}")
        )

    async def _tried(self, step: Step, limit: float) -> tuple[Found, Problem | NotTried | None]:
        try:
            with anyio.fail_after(limit):
                return await step.check(self.visit), None
        except (Problem, NotTried) as problem:
            return Found(""), problem
        except TimeoutError:
            host, port = self.visit.place
            return Found(""), Problem(step.late, seconds=limit, host=host, port=port)
        except Exception as error:
            log.debug("a check broke", exc_info=True)
            return Found(""), Problem("unexpected", why=f"{type(error).__name__}: {quoted(str(error))}")

    def _in_words(self, problems: Sequence[Problem]) -> tuple[Finding, ...]:
        return tuple(finding(each, self.remedies) for each in problems)


NOT_THERE: tuple[StepState, ...] = ("failed", "skipped")
