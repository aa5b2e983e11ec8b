"""All checks in their order."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Sequence

import anyio

from mcp_voice import settings
from mcp_voice.doctor.audit import audit, doubts
from mcp_voice.doctor.choice import CHOICES
from mcp_voice.doctor.libraries import LIBRARIES, LIVE
from mcp_voice.doctor.model_files import MODEL_FILES
from mcp_voice.doctor.problem import told
from mcp_voice.doctor.reach import REACH
from mcp_voice.doctor.steps import Found, Outcome, Run, Step
from mcp_voice.doctor.visit import Given, Visit
from mcp_voice.errors import BadSettings

__all__ = ["examine"]


async def read_settings(visit: Visit) -> Found:
    """Read the settings as every command does, then look at what is odd about them."""
    try:
        visit.settings = settings.load()
    except BadSettings as error:
        raise told("bad-settings", error) from None
    if any(each.field == "log_level" and each.source for each in audit(visit.given)):
        logging.getLogger().setLevel(visit.settings.log_level)
    count = sum(bool(each.source) for each in audit(visit.given))
    detail = f"{count or 'none'} of {len(settings.Settings.model_fields)} set"
    return Found(detail, list(doubts(visit.settings, visit.given)))


async def _make_all(run: Run) -> None:
    await run.make(SETTINGS)
    if not run.passed("settings"):
        run.skip("everything else", "settings")
        return
    await run.make((*CHOICES, *MODEL_FILES, *REACH))
    if any(outcome.name == "address" and outcome.state == "failed" for outcome in run.outcomes):
        # Loading LiveKit and trying speech take 10 s and more, and nobody can use them before that is put right.
        run.skip("everything else", "LiveKit is there")
        return
    await run.make(LIBRARIES)
    if not run.passed("libraries"):
        run.skip("everything else", "all parts load")
        return
    await run.make(importlib.import_module(LIVE).LIVE)


SETTINGS = (Step("settings", "settings", read_settings, 5.0),)


async def examine(
    given: Given, *, show: Callable[[Outcome], None], begin: Callable[[str], None], tell: Callable[[str], None]
) -> Sequence[Outcome]:
    """Make every check; ``show`` gets each outcome as soon as it is there, ``tell`` the progress of a slow one."""
    async with anyio.create_task_group() as tasks:
        visit = Visit(given, tasks, tell)
        run = Run(visit, show, begin)
        try:
            await _make_all(run)
        finally:
            begin("leaving what was entered")
            await visit.release_all()
            tasks.cancel_scope.cancel()
    return run.outcomes
