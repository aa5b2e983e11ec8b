"""The TypeScript SDK as an independent host, in both eras of the protocol: most hosts are built on it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import anyio
import pytest

from mcp_voice.people.human import Human
from testkit.command import environment
from testkit.rig import Rig, after_the_question, voice_of
from tests.server.test_protocol import TOOLS

pytestmark = pytest.mark.anyio

PACKAGE = "@modelcontextprotocol/client@2.4.0"
CLIENT = Path(__file__).parents[2] / "testkit" / "typescript_client.mjs"
INSTALL_SECONDS = 90.0
RUN_SECONDS = 60.0


def missing(reason: str) -> NoReturn:
    """Fail where it counts; on a developer's machine say loudly what was not tested."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def installed(request: pytest.FixtureRequest) -> Path:
    """The folder in which the client runs: the package is installed once, into pytest's own cache."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        missing("The TypeScript SDK was not tried: there is no Node. Install Node 20 or newer, with npm.")
    assert request.config.cache is not None
    folder = Path(request.config.cache.mkdir("typescript-client"))
    if not (folder / "node_modules" / PACKAGE.rpartition("@")[0]).is_dir():
        command = [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(folder), PACKAGE]
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
        if done.returncode:
            missing(f"The TypeScript SDK was not tried: npm cannot install {PACKAGE}: {done.stderr[-300:]}")
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
