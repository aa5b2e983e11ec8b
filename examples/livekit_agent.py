"""An agent of livekit-agents that asks people in other rooms by voice.

    python examples/livekit_agent.py "Ask in the room standup which database we should use."

It needs OPENAI_API_KEY (or OPENAI_BASE_URL of a server that speaks OpenAI's protocol). The server gets this script's
environment, with mcp-voice's settings in it (docs/settings.md). Here the agent is told what to do in writing; one that
converses by voice takes its tools in the same way.
"""

from __future__ import annotations

import asyncio
import os
import sys

from livekit.agents import Agent, AgentSession, mcp
from livekit.plugins import openai

INSTRUCTIONS = """\
Find out what you are asked to by asking people with ask_in_room. While the status is "pending", call wait_for_reply.
Then say what was answered, in one sentence.
"""
CALL_SECONDS = 60.0
"""mcp-voice answers within 45 s; the default of livekit-agents, 5 s, is too short for a person."""


async def main(task: str) -> None:
    """Do what the task says, and print what the agent says about it."""
    voice = mcp.MCPServerStdio(
        sys.executable,  # where mcp-voice is installed beside this script; elsewhere "uvx", ["mcp-voice"]
        ["-m", "mcp_voice", "serve"],
        env={"MCP_VOICE_NAME": "LiveKit agent", **os.environ},
        client_session_timeout_seconds=CALL_SECONDS,
    )
    agent = Agent(instructions=INSTRUCTIONS, tools=[mcp.MCPToolset(id="voice", mcp_server=voice)])
    async with AgentSession(llm=openai.LLM(model="gpt-4.1-mini")) as session:
        await session.start(agent)
        await session.run(user_input=task)
        print(session.history.messages()[-1].text_content)


if __name__ == "__main__":
    asyncio.run(main(" ".join(sys.argv[1:]) or "Ask which database we should use, Postgres or MySQL."))
