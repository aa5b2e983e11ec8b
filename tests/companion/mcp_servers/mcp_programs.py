"""MCP servers that are programs of the tests, and the processes that they are."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import psutil

from mcp_voice_agent.mcp_servers import McpServer, Stdio
from testkit import mcp_program
from testkit.waiting import until

__all__ = ["LIMIT", "pids", "program", "runs", "until_ended"]

LIMIT = 15.0


def program(tmp_path: Path, *manners: str, **env: str) -> McpServer:
    """A server that is a program of ours."""
    env = {"MCP_PROGRAM_LOG": str(tmp_path / "log"), **env}
    way = Stdio(sys.executable, ("-I", "-S", mcp_program.__file__, *manners), env)
    return McpServer("notes", way, secrets=tuple(env.values()))


def pids(tmp_path: Path) -> list[int]:
    """The processes of the server that were ever started."""
    lines = [json.loads(line) for line in (tmp_path / "log").read_text(encoding="utf-8").splitlines()]
    return [line["pid"] for line in lines if "pid" in line]


async def until_ended(pids: list[int]) -> None:
    """Wait until none of these runs any more."""
    await until(lambda: not any(runs(pid) for pid in pids), limit=LIMIT)


def runs(pid: int) -> bool:
    """Whether there is such a process, and it is more than an exit status."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
