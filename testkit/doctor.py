"""What the tests of doctor share: single checks made in this process, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import anyio

from mcp_voice.doctor.remedies import REMEDIES
from mcp_voice.doctor.remedy import Remedy
from mcp_voice.doctor.steps import CheckOutcome, Run, Step
from mcp_voice.doctor.visit import Given, Visit
from mcp_voice.settings import Settings, load

__all__ = ["NOTHING", "SECRET", "at", "examined", "problems", "states"]

SECRET = "a-secret-that-nobody-may-ever-see-0123456789"
NOTHING = Given({}, {})


def problems(outcomes: Sequence[CheckOutcome]) -> dict[str, list[str]]:
    """The names of what is wrong, by check; only checks with something wrong."""
    return {each.name: [problem.name for problem in each.problems] for each in outcomes if each.problems}


def states(outcomes: Sequence[CheckOutcome]) -> dict[str, str]:
    """What became of each check."""
    return {each.name: each.state for each in outcomes}


async def examined(
    settings: Settings, *steps: Step, remedies: Mapping[str, Remedy] = REMEDIES, ready: Sequence[str] = ()
) -> list[CheckOutcome]:
    """These checks, made in this process; ``ready``: checks that they need and that count as passed."""
    async with anyio.create_task_group() as tasks:
        visit = Visit(NOTHING, tasks, print, settings=settings)
        made = Run(
            visit, lambda _: None, lambda _: None, remedies, [CheckOutcome(each, each, "passed") for each in ready]
        )
        await made.make(steps)
        await visit.release_all()
        tasks.cancel_scope.cancel()
    return made.outcomes[len(ready) :]


def at(url: str, *, key: str = "devkey", secret: str = SECRET) -> Settings:
    """Settings for that LiveKit server and nothing else."""
    return load(livekit_url=url, livekit_api_key=key, livekit_api_secret=secret, _env_file=None)
