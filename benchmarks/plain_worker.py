"""What one writes in an hour: a worker around LiveKit's ``AgentSession`` with its default settings, to compare with."""

from __future__ import annotations

import os
from typing import Any

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, cli, stt
from livekit.plugins import deepgram, openai

__all__ = ["converse", "server"]

INSTRUCTIONS = "You are a companion in a voice conversation."
GREETING = "Hello."


def no_load() -> float:
    """Not naive, but fair: LiveKit sends no room to a worker on a busy machine."""
    return 0.0


server = AgentServer(load_fnc=no_load, num_idle_processes=0, host="127.0.0.1", port=0)


def _ears() -> stt.STT[Any]:
    """The recogniser that streams, if the benchmark has one."""
    if address := os.environ.get("MCP_VOICE_DEEPGRAM_BASE_URL"):
        return deepgram.STT(model="nova-3", api_key="none", base_url=f"{address}/v1/listen")
    return openai.STT(model="whisper-1", api_key="none")


@server.rtc_session(agent_name="naive")
async def converse(job: JobContext) -> None:
    """Converse with whoever is in the room."""
    session = AgentSession[None](
        stt=_ears(),
        llm=openai.LLM(model="gpt-4.1-mini", api_key="none"),
        tts=openai.TTS(model="tts-1", voice="alloy", api_key="none", response_format="pcm"),
    )
    await session.start(Agent(instructions=INSTRUCTIONS), room=job.room)
    await session.say(GREETING)


if __name__ == "__main__":
    cli.run_app(server)
