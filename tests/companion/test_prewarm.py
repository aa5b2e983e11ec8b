"""What a worker's process loads before a room needs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from testkit.command import run

pytestmark = pytest.mark.anyio

PROGRAM = """
from livekit.agents import JobExecutorType, JobProcess
from mcp_voice_agent.worker import server
process = JobProcess(executor_type=JobExecutorType.PROCESS, user_arguments=None, http_proxy=None)
server.setup_fnc(process)
for part in ("vad", "turn_detection"):
    print(type(process.userdata[part]).__module__)
"""


@pytest.mark.parametrize(
    ("settings", "library"),
    [({}, "livekit.plugins.silero"), ({"MCP_VOICE_VAD": "livekit"}, "livekit.agents.inference")],
    ids=["unset", "livekit"],
)
async def test_voice_activity_and_the_end_of_turn_model_are_loaded_before_a_room(
    settings: dict[str, str], library: str, tmp_path: Path
) -> None:
    """By what LiveKit calls in each new process; the first room would wait for them otherwise."""
    done = await run(folder=tmp_path, settings={"OPENAI_API_KEY": "sk-none", **settings}, code=PROGRAM)
    assert done.code == 0, done.err
    activity, end_of_turn = done.out.split()
    assert activity.startswith(f"{library}.")
    assert end_of_turn.startswith("livekit.agents.inference")
