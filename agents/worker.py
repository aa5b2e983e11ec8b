"""The worker: LiveKit's dispatch sends it to rooms, and each room is a process of its own."""

from __future__ import annotations

import asyncio
import logging

from livekit.agents import AgentServer, AutoSubscribe, JobContext, JobProcess, inference
from livekit.local_inference import init_eot

from agents.conversation import HUMAN_KINDS, conversation
from agents.settings import AgentSettings
from mcp_voice.settings import load

__all__ = ["server"]

log = logging.getLogger(__name__)


def setup(process: JobProcess) -> None:
    """Load, before a room needs them, what hears when somebody speaks and when they are done."""
    process.userdata["vad"] = inference.VAD()
    try:
        init_eot()
        process.userdata["turn_detection"] = inference.TurnDetector(version="v1-mini")
    except (OSError, RuntimeError, ValueError) as error:
        log.warning("no local end-of-turn model (%s): silence alone ends a turn", type(error).__name__)
        process.userdata["turn_detection"] = "vad"


server = AgentServer(setup_fnc=setup)


async def _converse(job: JobContext, ended: asyncio.Event) -> None:
    human = await job.wait_for_participant(kind=HUMAN_KINDS)
    async with conversation(job, human, load(AgentSettings)):
        await ended.wait()


@server.rtc_session(agent_name=load(AgentSettings).agent_name)
async def converse(job: JobContext) -> None:
    """Hold the conversation of one room until it is closed or the worker is told to stop."""
    ended = asyncio.Event()
    await job.connect(auto_subscribe=AutoSubscribe.AUDIO_ONLY)
    conversing = asyncio.create_task(_converse(job, ended))

    async def end() -> None:
        ended.set()
        await conversing

    # LiveKit wants the entrypoint to return; what it started is ended by the job's own shutdown.
    job.add_shutdown_callback(end)
