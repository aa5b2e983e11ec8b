"""Two MCP servers that no one here wrote, as PyPI has them, in one conversation."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from testkit.agent_settings import bare_environment
from testkit.chat_model import Call
from testkit.mcp_talk import names, naming
from testkit.openai_server import openai_server
from testkit.tool_talk import talk
from testkit.waiting import until
from testkit.webhook_service import webhook_service

pytestmark = pytest.mark.anyio

CONFIRM = Call("confirm_action")
START_SECONDS = 60.0
"""Each imports for seconds on a busy machine."""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit."""
    folder = tmp_path / "plans"
    folder.mkdir()
    who = ("-c", "user.name=Alice", "-c", "user.email=alice@example.com")
    for command in (("init", "-q"), (*who, "commit", "-q", "--allow-empty", "-m", "Begin")):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def branches(repository: Path) -> list[str]:
    """The names of all branches."""
    command = ["git", "branch", "--format=%(refname:short)"]
    return subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True).stdout.split()


async def test_two_servers_of_the_registry_read_at_once_and_change_after_a_yes(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """mcp-server-time says of its tools that they only read, mcp-server-git of some that they do not."""
    bare_environment(monkeypatch)
    entries = {
        "time": {"command": sys.executable, "args": ["-m", "mcp_server_time"]},
        "git": {"command": sys.executable, "args": ["-m", "mcp_server_git", "--repository", str(repository)]},
    }
    branch = Call("git__git_create_branch", {"repo_path": str(repository), "branch_name": "summer"})
    async with openai_server() as server, webhook_service() as service:
        settings = naming(tmp_path, entries, webhook_seconds=30)
        async with talk(settings, server, service, allowed=("time", "git__git_create_branch")) as talking:
            await until(lambda: len(names(talking)) == 4, limit=START_SECONDS)
            await talking.hears("Time?", Call("time__get_current_time", {"timezone": "Asia/Tokyo"}), "Late.")
            assert '"timezone": "Asia/Tokyo"' in talking.script.results[-1]
            await talking.hears("Make a branch for summer", branch)
            assert talking.said()[-1].startswith("git create branch: repo path: ")
            assert talking.said()[-1].endswith("branch name: summer. Shall I do it?")
            assert "summer" not in branches(repository)
            await talking.hears("Yes, do it", CONFIRM, "There it is.")
            assert "summer" in branches(repository)
