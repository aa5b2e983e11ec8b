"""``mcp-voice-agent doctor``: check every part that a conversation needs, and say what to do about what fails.

Nothing of LiveKit's packages is imported before the check that says whether they can be.
"""

from __future__ import annotations

import importlib

import anyio

from mcp_voice.doctor import diagnose as diagnose_program
from mcp_voice.doctor.problem import Problem
from mcp_voice.doctor.program import Program
from mcp_voice.doctor.reach import REACH
from mcp_voice.doctor.steps import Found, Run, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice_agent.doctor.doubts import doubts
from mcp_voice_agent.doctor.ports import PORTS
from mcp_voice_agent.doctor.remedies import REMEDIES
from mcp_voice_agent.doctor.uses import used_by
from mcp_voice_agent.settings import AgentSettings

__all__ = ["COMPANION", "diagnose"]

LIVE = "mcp_voice_agent.doctor.live"
LOAD_SECONDS = 60.0
NEXT = (
    "in the command you just ran, replace `doctor` with `demo` to hear it, `demo --join` to talk to it, or "
    "`dev` to run a worker; then join a room."
)


def diagnose(*, json: bool) -> bool:
    """Print the report on stdout, news of slow checks on stderr; gives whether nothing failed."""
    return diagnose_program(COMPANION, json=json)


async def _libraries(_: Visit) -> Found:
    """Import LiveKit's packages and our own parts that need them."""
    try:
        # In a thread, so that the limit holds.
        await anyio.to_thread.run_sync(importlib.import_module, LIVE, abandon_on_cancel=True)
    except ImportError as error:
        raise Problem("library", why=error) from None
    return Found("LiveKit and the companion's parts")


LIBRARIES = (Step("libraries", "all parts load", _libraries, LOAD_SECONDS, ("settings",), own_time=True),)


async def _checks(run: Run) -> None:
    """LiveKit, the models, and the services; what one lacks is no reason not to try the others."""
    await run.make((*REACH, *PORTS, *LIBRARIES))
    if run.passed("libraries"):
        await run.make(importlib.import_module(LIVE).live(run.visit.settings))
    else:
        run.skip("everything else", "all parts load")


COMPANION = Program(
    name="mcp-voice-agent",
    next_step=NEXT,
    checks=_checks,
    settings=AgentSettings,
    folder=None,
    doubts=doubts,
    used_by=used_by,
    remedies=REMEDIES,
)
