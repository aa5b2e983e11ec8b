"""``mcp-voice worker``: carries out, in rooms that LiveKit's dispatch gives it, what serving processes are asked."""

from __future__ import annotations

import logging

from mcp_voice.cli.printing import errors_shown
from mcp_voice.cli.unread import tell_unread
from mcp_voice.logs.setup import log_to_stderr
from mcp_voice.logs.start_line import tell_start
from mcp_voice.process.signals import run_interruptible
from mcp_voice.settings import Settings, load
from mcp_voice.workers.requirements import check_store

__all__ = ["worker"]

TALKATIVE = ("httpx2", "aiohttp.access")
"""The loggers that tell at INFO of each request to a provider, and of each look at our health; the processes of rooms
have the same levels."""


def _log(settings: Settings) -> None:
    log_to_stderr(settings)
    if settings.log_level == "INFO":
        for name in TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)


def worker() -> None:
    """Speak and listen in rooms for servers with MCP_VOICE_WORKERS=true.

    It needs the servers' MCP_VOICE_STORE (and MCP_VOICE_STORE_KEY, if set), LIVEKIT_URL, LIVEKIT_API_KEY and
    LIVEKIT_API_SECRET; its speech settings are its own. Start as many as you need, on any machine: LiveKit spreads
    the rooms across them. GET /health on port 8081 (MCP_VOICE_WORKER_PORT) says whether it takes rooms.

    \b
    Example:
      MCP_VOICE_STORE=redis://redis:6379 LIVEKIT_URL=wss://livekit.example.com \\
        LIVEKIT_API_KEY=... LIVEKIT_API_SECRET=... mcp-voice worker

    SIGTERM or Ctrl-C: it takes no more rooms, and ends once its questions are answered, or after 120 s
    (MCP_VOICE_WORKER_DRAIN_SECONDS). A second signal stops it at once. Exit status 1: it could not start, or could not
    reach LiveKit; stderr says why.
    """  # noqa: D301  # click takes the sign for a paragraph that is not wrapped
    with errors_shown():
        # Seconds that no other command needs.
        from mcp_voice.workers.server import run_worker  # noqa: PLC0415
        from mcp_voice.workers.settings import WorkerSettings  # noqa: PLC0415

        tell_unread(WorkerSettings)
        settings = load(WorkerSettings, folder=None)
        _log(settings)
        check_store(settings)
        tell_start(settings, "worker", load=settings.worker_load)
        run_interruptible(lambda: run_worker(settings))
