"""An agent of OpenAI's Agents SDK that asks people in LiveKit rooms by voice (pip install openai-agents mcp-voice).

    python examples/openai_agent.py "Ask in the room standup which database we should use."

It needs OPENAI_API_KEY (or OPENAI_BASE_URL of a server that speaks OpenAI's protocol). The server gets this script's
environment, with mcp-voice's settings in it (docs/settings.md).
"""

from __future__ import annotations

import asyncio
import os
import sys

from agents.mcp import MCPServerStdio
from openai import AsyncOpenAI

from agents import Agent, OpenAIChatCompletionsModel, Runner, set_tracing_disabled

INSTRUCTIONS = """\
Find out what you are asked to by asking people with ask_in_room. While the status is "pending", call wait_for_reply.
Then say what was answered, in one sentence.
"""
CALL_SECONDS = 60.0
"""mcp-voice answers within 45 s; the default of the SDK, 5 s, is too short for a person."""


async def main(task: str) -> None:
    """Do what the task says, and print what the agent says about it."""
    set_tracing_disabled(disabled=True)  # Else what people answer is uploaded with the trace.
    server = MCPServerStdio(
        {
            # Where mcp-voice is installed beside this script; elsewhere "command": "uvx", "args": ["mcp-voice"].
            "command": sys.executable,
            "args": ["-m", "mcp_voice", "serve"],
            "env": {"MCP_VOICE_NAME": "OpenAI agent", **os.environ},
        },
        client_session_timeout_seconds=CALL_SECONDS,
    )
    async with server:
        model = OpenAIChatCompletionsModel("gpt-4.1-mini", AsyncOpenAI())
        agent = Agent(name="Assistant", instructions=INSTRUCTIONS, model=model, mcp_servers=[server])
        result = await Runner.run(agent, task)
        print(result.final_output)


if __name__ == "__main__":
    asyncio.run(main(" ".join(sys.argv[1:]) or "Ask which database we should use, Postgres or MySQL."))
