"""The worker: LiveKit's dispatch sends it to rooms, and each of them is a process of its own."""

from __future__ import annotations

import logging
import os
import signal
import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path

import anyio

from mcp_voice.capacity.machine import Machine
from mcp_voice.errors import BadSettings, LiveKitError
from mcp_voice.room.access import Access
from mcp_voice.room.server import located
from mcp_voice.speech.catalogue import choose, modules
from mcp_voice.store.opening import signed_store
from mcp_voice.store.seam import AskStore
from mcp_voice.tasks import owned_tasks
from mcp_voice.workers.agent_server import HealthyServer
from mcp_voice.workers.draining import VARIABLE
from mcp_voice.workers.figures import share_worker
from mcp_voice.workers.job import answer, carry_out_job, prewarm
from mcp_voice.workers.load import FULL, MachineLoad
from mcp_voice.workers.metadata import AGENT_NAME
from mcp_voice.workers.presence import keep_present
from mcp_voice.workers.requirements import check_store
from mcp_voice.workers.settings import WorkerSettings

__all__ = ["run_worker"]

log = logging.getLogger(__name__)

ANYIO_BACKEND = "anyio._backends._asyncio"
"""anyio imports it when it is first used, which takes 0.1 s of the wait for the first sound."""
GIVE_BACK_SECONDS = 10.0
"""For a job that is cut off: to give back what it had, and to leave the room."""


async def run_worker(settings: WorkerSettings) -> None:
    """Carry out what is asked until SIGTERM or SIGINT, and then what is under way; a second one ends it at once.

    Raises BadSettings, and LiveKitError once LiveKit could not be reached for two minutes.
    """
    _check(settings)
    with tempfile.TemporaryDirectory(prefix="mcp-voice-worker-", ignore_cleanup_errors=True) as folder:
        draining = Path(folder, "draining")
        # Read by the rooms' processes.
        os.environ[VARIABLE] = str(draining)
        async with (
            signed_store(settings) as store,
            located(settings, progress=lambda line: log.info("%s", line)) as access,
            owned_tasks() as tasks,
        ):
            server = _server(settings, access, store, figures=str(Path(folder, "figures")))
            tasks.start_soon(_end_when_told, server, draining, settings)
            tasks.start_soon(keep_present, store.users, server)
            try:
                await server.run()
            except OSError as error:
                raise BadSettings(
                    f"The worker cannot serve its health check or metrics ({error.strerror or type(error).__name__}).",
                    fix="Change MCP_VOICE_WORKER_PORT, MCP_VOICE_WORKER_METRICS_PORT or MCP_VOICE_WORKER_HOST.",
                ) from None
            except RuntimeError as error:
                raise LiveKitError(
                    f"LiveKit at {access.shown} accepts no worker ({error}).",
                    fix="Check LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET, and that the server is up.",
                    code="unreachable",
                ) from None
            tasks.cancel_scope.cancel()


def _server(settings: WorkerSettings, access: Access, store: AskStore, *, figures: str) -> HealthyServer:
    speech = [*modules(choose(settings, "stt")), *modules(choose(settings, "tts"))]
    with_figures = settings.worker_metrics_port is not None
    if with_figures:
        share_worker()
    server = HealthyServer(
        ws_url=access.url,
        api_key=access.api_key,
        api_secret=access.api_secret,
        setup_fnc=prewarm,
        # Imported once, and shared by the processes of all rooms where the system can fork.
        preload_modules=["mcp_voice.workers.job", "mcp_voice.workers.preloaded", ANYIO_BACKEND, *speech],
        load_threshold=FULL,
        drain_timeout=settings.worker_drain_seconds,
        shutdown_process_timeout=GIVE_BACK_SECONDS,
        host=settings.worker_host,
        port=settings.worker_port,
        prometheus_port=settings.worker_metrics_port,
        prometheus_multiproc_dir=figures if with_figures else None,
        log_level={"WARNING": "WARN"}.get(settings.log_level, settings.log_level),
    )
    server.rtc_session(carry_out_job, agent_name=AGENT_NAME, on_request=partial(answer, store=store))
    server.load_fnc = MachineLoad(Machine(), rooms=lambda: len(server.active_jobs), most=settings.worker_load)
    return server


def _check(settings: WorkerSettings) -> None:
    """Raise BadSettings for what would fail in every room."""
    check_store(settings)
    if not settings.livekit_url:
        log.warning("LIVEKIT_URL is not set: this worker serves the embedded LiveKit server of this machine alone")
    choose(settings, "stt")
    choose(settings, "tts")


async def _end_when_told(server: HealthyServer, draining: Path, settings: WorkerSettings) -> None:
    """Drain at the first signal, and end at the second."""
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        await anext(signals)
        log.info("told to end: what is under way is finished, within %d s", settings.worker_drain_seconds)
        draining.touch()
        async with owned_tasks() as tasks:
            tasks.start_soon(_drain, server, settings.worker_drain_seconds, tasks.cancel_scope)
            await anext(signals)
            tasks.cancel_scope.cancel()
    with anyio.CancelScope(shield=True):
        await server.aclose()


async def _drain(server: HealthyServer, seconds: int, scope: anyio.CancelScope) -> None:
    with suppress(TimeoutError):
        await server.drain(max(1, seconds))  # 0 would be no limit there
    scope.cancel()
