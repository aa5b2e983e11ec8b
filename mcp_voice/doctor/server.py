"""The doctor of ``mcp-voice`` itself: the checks that it makes, in their order."""

from __future__ import annotations

import importlib

from mcp_voice.doctor.choice import CHOICES
from mcp_voice.doctor.http import HTTP
from mcp_voice.doctor.libraries import LIBRARIES, LIVE
from mcp_voice.doctor.model_files import MODEL_FILES
from mcp_voice.doctor.program import Program
from mcp_voice.doctor.reach import REACH
from mcp_voice.doctor.steps import Run
from mcp_voice.doctor.store import STORE
from mcp_voice.doctor.workers import WORKERS

__all__ = ["MCP_VOICE"]

CONNECT = (
    "hear it (`demo` instead of `doctor` in the command you just ran), or add it to your MCP host: "
    "https://github.com/mcp-voice/mcp-voice#install"
)
"""Not by the name of the program: from a clone, and by uvx, it is not on PATH."""


async def _make_all(run: Run) -> None:
    await run.make((*CHOICES, *MODEL_FILES, *STORE, *WORKERS, *HTTP, *REACH))
    if any(outcome.name == "address" and outcome.state == "failed" for outcome in run.outcomes):
        # Loading LiveKit and trying speech take 10 s and more, and nobody can use them before that is put right.
        run.skip("everything else", "LiveKit is reachable")
        return
    await run.make(LIBRARIES)
    if not run.passed("libraries"):
        run.skip("everything else", "all parts load")
        return
    await run.make(importlib.import_module(LIVE).LIVE)


MCP_VOICE = Program(name="mcp-voice", next_step=CONNECT, checks=_make_all)
