"""The worker: LiveKit's dispatch sends it to rooms, and each room is a process of its own."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from livekit.agents import AutoSubscribe, JobContext, JobProcess, inference
from livekit.local_inference import init_eot

from mcp_voice.room.connection import e2ee_options
from mcp_voice.room.encryption import Encryption
from mcp_voice.settings import load
from mcp_voice.tasks import owned_tasks
from mcp_voice.workers.figures import share_room
from mcp_voice_agent.conversation.arrivals import somebody_there
from mcp_voice_agent.conversation.conversation import conversation
from mcp_voice_agent.dispatch.fencing import Fence
from mcp_voice_agent.dispatch.removal import Removal, hear_why, take_back
from mcp_voice_agent.models.activity import own_activity
from mcp_voice_agent.models.pipeline import SERVERS
from mcp_voice_agent.room_config.ids import config_id
from mcp_voice_agent.room_config.service import room_config
from mcp_voice_agent.room_config.shown_name import show_name
from mcp_voice_agent.server import CompanionServer
from mcp_voice_agent.settings import AgentSettings
from mcp_voice_agent.telemetry.logs import fault_told

__all__ = ["server"]

log = logging.getLogger(__name__)

NAME = "Companion"

LEAVING_SECONDS = 1.0
"""For a companion that was replaced to end its session in good order; then it is out of the room all the same."""


def prewarm(process: JobProcess) -> None:
    """Load, before a room needs them, what hears when somebody speaks and when they are done."""
    share_room(process)
    process.userdata["vad"] = own_activity(SETTINGS)
    if SETTINGS.agent_mcp_file is not None:
        importlib.import_module(SERVERS)  # it has been, where the system can fork
    try:
        init_eot()
        process.userdata["turn_detection"] = inference.TurnDetector(version="v1-mini")
    except (OSError, RuntimeError, ValueError) as error:
        log.warning("no local end-of-turn model (%s): silence alone ends a turn", type(error).__name__)
        process.userdata["turn_detection"] = "vad"


SETTINGS = load(AgentSettings, folder=None)
server = CompanionServer(SETTINGS, prewarm=prewarm)


@asynccontextmanager
async def _until(ended: asyncio.Event) -> AsyncIterator[None]:
    """Give up what is done in the block when the room ends."""

    async def give_up() -> None:
        await ended.wait()
        tasks.cancel_scope.cancel()

    async with owned_tasks() as tasks:
        tasks.start_soon(give_up)
        yield
        tasks.cancel_scope.cancel()


def _config_id(job: JobContext, settings: AgentSettings) -> str:
    pattern = settings.agent_config_id_pattern
    return config_id(job.job.metadata, job.room.metadata, job.room.name, pattern=pattern)


async def _converse(job: JobContext, ended: asyncio.Event, shared: Encryption) -> None:
    settings = load(AgentSettings, folder=None)
    async with _until(ended):
        config = await room_config(settings, _config_id(job, settings))
        human = await somebody_there(job.room)
    if ended.is_set():
        return
    await shared.check()
    async with conversation(job, human, settings, config), owned_tasks() as tasks:
        tasks.start_soon(shared.guard)
        tasks.start_soon(show_name, job.room, config.name or settings.name or NAME)
        await ended.wait()
        tasks.cancel_scope.cancel()


async def _give_way(job: JobContext, fence: Fence) -> None:
    """Leave the room as soon as another companion has taken it over."""
    await fence.replaced()
    log.warning("another companion has taken over this room: leaving it")
    job.shutdown("another companion has taken over")
    await take_back(job)
    await asyncio.sleep(LEAVING_SECONDS)
    await job.room.disconnect()


@server.rtc_session(agent_name=SETTINGS.agent_name, on_session_end=hear_why)
async def converse(job: JobContext) -> None:
    """Hold the conversation of one room until it is closed or the worker is told to stop."""
    ended = asyncio.Event()
    shared = Encryption(job.room, has_key=bool(SETTINGS.e2ee_key.get_secret_value()))
    shared.attach()
    removal, fence = Removal(job), Fence(job)
    await job.connect(auto_subscribe=AutoSubscribe.AUDIO_ONLY, encryption=e2ee_options(SETTINGS.e2ee_key))
    conversing = asyncio.create_task(_converse(job, ended, shared))
    giving_way = asyncio.create_task(_give_way(job, fence))

    def look(done: asyncio.Task[None]) -> None:
        error = None if done.cancelled() else done.exception()
        if error is not None:
            log.error("the conversation broke off: %s", fault_told(error))
            job.shutdown("the conversation broke off")

    async def end() -> None:
        ended.set()
        # At once: no other worker has missed the companion yet.
        await asyncio.gather(removal.respect(), asyncio.wait([conversing]))
        giving_way.cancel()
        await asyncio.gather(giving_way, return_exceptions=True)

    conversing.add_done_callback(look)
    # LiveKit wants the entrypoint to return; what it started is ended by the job's own shutdown.
    job.add_shutdown_callback(end)
