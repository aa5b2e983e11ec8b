"""The TypeScript SDK as an independent host, in both eras of the protocol: most hosts are built on it."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from mcp_voice.people.human import Human
from testkit.command import environment
from testkit.npm import npm_packages
from testkit.rig import Rig, after_the_question, voice_of
from tests.server.test_protocol import TOOLS

pytestmark = pytest.mark.anyio

PACKAGE = "@modelcontextprotocol/client@2.4.0"
CLIENT = Path(__file__).parents[2] / "testkit" / "typescript_client.mjs"
RUN_SECONDS = 60.0


@pytest.fixture(scope="module")
def installed(request: pytest.FixtureRequest) -> Path:
    """The folder in which the client runs."""
    folder = npm_packages(request.config, PACKAGE)
    shutil.copy(CLIENT, folder / CLIENT.name)
    return folder


@pytest.mark.parametrize(("era", "version"), [("modern", "2026-07-28"), ("legacy", "2025-11-25")])
async def test_a_typescript_host_asks_and_gets_the_answer(
    era: str, version: str, installed: Path, rig: Rig, room: str, alice: Human, tmp_path: Path
) -> None:
    """The whole of it: lists, progress, and a result that satisfies the schema that was listed for it."""
    wanted = {
        "era": era,
        "command": sys.executable,
        "args": ["-m", "mcp_voice"],
        "env": environment(rig.environment()),
        "cwd": str(tmp_path),
        "call": {"name": "ask_in_room", "arguments": {"question": "Which one?", "room_name": room}},
    }
    seen: dict[str, Any] = {}

    async def ask() -> None:
        command = ["node", str(installed / CLIENT.name), json.dumps(wanted)]
        done = await anyio.run_process(command, cwd=installed, check=False)
        assert done.returncode == 0, done.stderr.decode()
        seen.update(json.loads(done.stdout))

    with anyio.fail_after(RUN_SECONDS):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            await after_the_question(alice, voice_of("the second option"))

    assert (seen["version"], seen["server"]) == (version, "voice")
    assert {tool["name"] for tool in seen["tools"]} == TOOLS
    assert len(seen["instructions"]) > 100
    assert [prompt["name"] for prompt in seen["prompts"]] == ["interview"]
    assert [resource["uri"] for resource in seen["resources"]] == ["voice://rooms"]
    answer = seen["result"]["structuredContent"]
    assert (answer["status"], answer["reply"]) == ("answered", "the second option")
    assert "speaking the question" in seen["progress"]
