"""LiveKit's worker with our logs and our figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from livekit.agents import AgentServer, JobProcess

from agents.logs import form_logs
from agents.otlp import adopt_variables
from agents.pipeline import modules
from agents.scraping import folder, share_worker
from agents.settings import AgentSettings

__all__ = ["CompanionServer"]

ENV_FILE = Path(".env")
LEVELS = {"WARNING": "WARN"}
"""LiveKit's command line calls this one by another name."""


def _no_load() -> float:
    """What a worker in development reports of the machine.

    LiveKit's server sends no room to a worker that reports 0.7 or more (``agents.target_load``), whatever the worker
    thinks of itself, and does not try again: on a busy machine with one worker, rooms would stay silent.
    """
    return 0.0


class CompanionServer(AgentServer):
    """A worker that logs in one form and has a Prometheus endpoint where the settings want one."""

    def __init__(self, settings: AgentSettings, *, setup: Callable[[JobProcess], Any]) -> None:
        super().__init__(
            setup_fnc=setup,
            # Imported once, and shared by the processes of all rooms where the system can fork.
            preload_modules=modules(settings),
            prometheus_port=settings.agent_prometheus_port,
            prometheus_multiproc_dir=folder(settings),
            log_level=LEVELS.get(settings.log_level, settings.log_level),
        )
        self._settings = settings

    async def run(self, *, devmode: bool = False, unregistered: bool = False) -> None:
        """Run until closed; the command line has set its logging up just before, and no process is started yet."""
        form_logs(speech=self._settings.log_speech)
        if devmode or self._simulation:
            self.load_fnc = _no_load
        adopt_variables(ENV_FILE)
        if self._settings.agent_prometheus_port is not None:
            share_worker()
        await super().run(devmode=devmode, unregistered=unregistered)
