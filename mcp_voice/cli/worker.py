"""``mcp-voice worker``: carries out, in rooms that LiveKit's dispatch gives it, what serving processes are asked."""

from __future__ import annotations

import logging

from mcp_voice.cli.printing import errors_shown
from mcp_voice.logs import log_to_stderr
from mcp_voice.settings import load
from mcp_voice.signals import run_interruptible

__all__ = ["worker"]

TALKATIVE = "httpx2"
"""The logger that tells of each request to a provider at INFO; the processes of rooms have the same levels."""


def worker() -> None:
    """Carry out what servers with MCP_VOICE_WORKERS=true are asked; MCP_VOICE_STORE is theirs."""
    # Seconds that no other command needs.
    from mcp_voice.workers.server import run_worker  # noqa: PLC0415
    from mcp_voice.workers.settings import WorkerSettings  # noqa: PLC0415

    with errors_shown():
        settings = load(WorkerSettings, folder=None)
        log_to_stderr(settings)
        if settings.log_level == "INFO":
            logging.getLogger(TALKATIVE).setLevel(logging.WARNING)
        run_interruptible(lambda: run_worker(settings))
