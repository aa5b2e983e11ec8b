"""LiveKit's worker with our logs and our figures."""

from __future__ import annotations

import sys
from collections.abc import Callable
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import anyio
from livekit import api
from livekit.agents import AgentServer, JobProcess

from agents.logs import form_logs
from agents.otlp import adopt_variables
from agents.pipeline import modules
from agents.relief import relieved
from agents.scraping import folder, share_worker
from agents.settings import AgentSettings
from mcp_voice.owned import owned_tasks

__all__ = ["CompanionServer"]

ENV_FILE = Path(".env")
ANYIO_BACKEND = "anyio._backends._asyncio"
"""anyio imports it when it is first used, which takes 0.1 s of the wait for the greeting."""
LEVELS = {"WARNING": "WARN"}
"""LiveKit's command line calls this one by another name."""


def _no_load() -> float:
    """What a worker in development reports of the machine.

    LiveKit's server sends no room to a worker that reports 0.7 or more (``agents.target_load``), whatever the worker
    thinks of itself, and does not try again: on a busy machine with one worker, rooms would stay silent.
    """
    return 0.0


def _begin_to_import(*_: object) -> None:
    """Start the process that those of all rooms are forked from; it is seconds until it has imported what they need.

    LiveKit starts it with the first process, which in development is that of the first room.
    """
    if sys.platform == "linux":
        forkserver.ensure_running()


class CompanionServer(AgentServer):
    """A worker that logs in one form and has a Prometheus endpoint where the settings want one."""

    def __init__(self, settings: AgentSettings, *, setup: Callable[[JobProcess], Any]) -> None:
        super().__init__(
            setup_fnc=setup,
            # Imported once, and shared by the processes of all rooms where the system can fork.
            preload_modules=["agents.worker", ANYIO_BACKEND, *modules(settings)],
            prometheus_port=settings.agent_prometheus_port,
            prometheus_multiproc_dir=folder(settings),
            log_level=LEVELS.get(settings.log_level, settings.log_level),
            drain_timeout=settings.agent_drain_seconds,
            port=self._default_port if settings.agent_port is None else settings.agent_port,
        )
        self._settings = settings
        self.once("worker_started", _begin_to_import)

    async def run(self, *, devmode: bool = False, unregistered: bool = False) -> None:
        """Run until closed; the command line has set its logging up just before, and no process is started yet."""
        form_logs(speech=self._settings.log_speech)
        if devmode or self._simulation:
            self.load_fnc = _no_load
        adopt_variables(ENV_FILE)
        if self._settings.agent_prometheus_port is not None:
            share_worker()
        seconds = self._settings.agent_relief_seconds
        async with owned_tasks() as tasks:
            if seconds and not unregistered:
                tasks.start_soon(self._look_after_rooms, seconds)
            await super().run(devmode=devmode, unregistered=unregistered)
            tasks.cancel_scope.cancel()

    async def _look_after_rooms(self, seconds: float) -> None:
        registered = anyio.Event()

        def on_registered(*_: object) -> None:
            registered.set()

        self.once("worker_registered", on_registered)
        await registered.wait()
        async with (
            api.LiveKitAPI(self._ws_url, self._api_key, self._api_secret) as server,
            relieved(server, agent_name=self._agent_name, jobs=lambda: self.active_jobs, seconds=seconds),
        ):
            await anyio.sleep_forever()
