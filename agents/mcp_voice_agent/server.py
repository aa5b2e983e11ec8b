"""LiveKit's worker with our logs and our figures."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import anyio
from livekit import api
from livekit.agents import JobProcess
from livekit.agents.utils.misc import is_cloud

from mcp_voice.tasks import owned_tasks
from mcp_voice.workers.agent_server import HealthyServer
from mcp_voice.workers.figures import share_worker
from mcp_voice_agent.dispatch.redispatch import Ours, redispatching
from mcp_voice_agent.models.pipeline import modules
from mcp_voice_agent.settings import AgentSettings
from mcp_voice_agent.telemetry.instruments import DispatchInstruments
from mcp_voice_agent.telemetry.leftovers import claimed, remove_dead
from mcp_voice_agent.telemetry.logs import form_logs
from mcp_voice_agent.telemetry.memory import watch_memory
from mcp_voice_agent.telemetry.otlp import adopt_variables, exported
from mcp_voice_agent.telemetry.scraping import cache, folder

__all__ = ["CompanionServer"]

LOOPBACK = "127.0.0.1"
EVERYWHERE = ""
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


class CompanionServer(HealthyServer):
    """A worker that logs in one form, has a Prometheus endpoint where the settings want one, and tells its health.

    The attributes with an underscore are those of ``AgentServer`` in livekit-agents 1.8.9, which has no other way to
    add a path to its HTTP server, or to choose its address when the mode is known.
    """

    def __init__(self, settings: AgentSettings, *, prewarm: Callable[[JobProcess], Any]) -> None:
        self._failed = False
        super().__init__(
            setup_fnc=prewarm,
            # Imported once, and shared by the processes of all rooms where the system can fork.
            preload_modules=["mcp_voice_agent.worker", ANYIO_BACKEND, *modules(settings)],
            prometheus_port=settings.agent_prometheus_port,
            prometheus_multiproc_dir=folder(settings),
            log_level=LEVELS.get(settings.log_level, settings.log_level),
            drain_timeout=settings.agent_drain_seconds,
            port=self._default_port if settings.agent_port is None else settings.agent_port,  # quirk: worker-address
        )
        self._settings = settings
        self.once("worker_started", _begin_to_import)

    @property
    def failed(self) -> bool:
        """Whether the run ended by an error, as when LiveKit could not be reached."""
        return self._failed

    @property
    def looks_after_rooms(self) -> bool:
        """Whether this worker has companions sent again; LiveKit Cloud does so itself, and there would be two."""
        return self._settings.agent_relief_seconds > 0 and not is_cloud(self._ws_url)  # quirk: worker-access

    async def run(self, *, devmode: bool = False, unregistered: bool = False) -> None:
        """Run until closed; the command line has set its logging up just before, and no process is started yet."""
        form_logs(speech=self._settings.log_speech)
        self._host = self._settings.agent_host or (LOOPBACK if devmode else EVERYWHERE)  # quirk: worker-address
        self._needs_registration = not unregistered
        if devmode or self._simulation:
            self.load_fnc = _no_load
        adopt_variables(self._settings.env_file)
        try:
            async with AsyncExitStack() as stack:
                if figures := folder(self._settings):
                    share_worker()
                    stack.enter_context(claimed(Path(figures)))
                    with suppress(RuntimeError):  # nobody's home holds no folders
                        remove_dead(cache(), but=Path(figures))
                await self._run(devmode=devmode, unregistered=unregistered)
        except Exception:
            # LiveKit's command line logs it and ends as if all were well.
            self._failed = True
            raise

    async def _run(self, *, devmode: bool, unregistered: bool) -> None:
        async with exported(uuid.uuid4().hex) as meter, owned_tasks() as tasks:
            tasks.start_soon(watch_memory, meter)
            if self.looks_after_rooms and not unregistered:
                tasks.start_soon(self._look_after_rooms)
            await super().run(devmode=devmode, unregistered=unregistered)
            tasks.cancel_scope.cancel()

    async def _look_after_rooms(self) -> None:
        registered = anyio.Event()

        def on_registered(*_: object) -> None:
            registered.set()

        self.once("worker_registered", on_registered)
        await registered.wait()
        name = self._agent_name
        ours = Ours(jobs=lambda: self.active_jobs, takes_rooms=lambda: self.takes_rooms)
        seconds = self._settings.agent_relief_seconds
        async with (
            exported(self.id) as meter,
            api.LiveKitAPI(self._ws_url, self._api_key, self._api_secret) as server,  # quirk: worker-access
            redispatching(
                server, agent_name=name, ours=ours, figures=DispatchInstruments(meter, name), seconds=seconds
            ),
        ):
            await anyio.sleep_forever()
