"""The settings, then all checks of a program in their order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import anyio

from mcp_voice import settings
from mcp_voice.doctor.audit import audit
from mcp_voice.doctor.problem import told
from mcp_voice.doctor.program import Program
from mcp_voice.doctor.steps import CheckOutcome, Found, Run, Step
from mcp_voice.doctor.visit import Given, Visit
from mcp_voice.errors import BadSettings

__all__ = ["examine"]


def _settings_step(program: Program) -> Step:
    """Reads the settings as every command of the program does, then looks at what is odd about them."""

    async def read_settings(visit: Visit) -> Found:
        try:
            visit.settings = settings.load(program.settings, folder=program.folder)
        except BadSettings as error:
            raise told("bad-settings", error) from None
        found = audit(visit.given, program.settings)
        if any(each.field == "log_level" and each.source for each in found):
            logging.getLogger().setLevel(visit.settings.log_level)
        count = sum(bool(each.source) for each in found)
        detail = f"{count or 'none'} of {len(found)} set"
        return Found(detail, list(program.doubts(visit.settings, visit.given)))

    return Step("settings", "settings", read_settings, 5.0)


async def examine(
    program: Program,
    given: Given,
    *,
    show: Callable[[CheckOutcome], None],
    begin: Callable[[str], None],
    tell: Callable[[str], None],
) -> Sequence[CheckOutcome]:
    """Make every check; ``show`` gets each outcome as soon as it is there, ``tell`` the progress of a slow one."""
    async with anyio.create_task_group() as tasks:
        visit = Visit(given, tasks, tell)
        run = Run(visit, show, begin, program.remedies)
        try:
            await run.make([_settings_step(program)])
            if run.passed("settings"):
                await program.checks(run)
            else:
                run.skip("everything else", "settings")
        finally:
            begin("leaving the test room")
            await visit.release_all()
            tasks.cancel_scope.cancel()
    return run.outcomes
