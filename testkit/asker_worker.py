"""``mcp-voice worker`` as a process of its own, and hosts that leave rooms to such workers."""

from __future__ import annotations

import sys
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import psutil

from testkit.host import Host
from testkit.http_host import HttpServer, http_server
from testkit.rig import Rig
from testkit.worker import Worker, worker

__all__ = ["WorkerTeam", "kill"]

PROGRAM = [sys.executable, "-m", "mcp_voice"]
READY = "registered worker"


@dataclass(frozen=True)
class WorkerTeam:
    """Servers and workers that share a Redis."""

    rig: Rig
    store: str
    """Its address."""

    def host(self, **changed: str) -> AbstractAsyncContextManager[Host]:
        """A server that leaves rooms to workers."""
        return self.rig.host(MCP_VOICE_STORE=self.store, MCP_VOICE_WORKERS="true", **changed)

    def served(self, token: str, folder: Path, **changed: str) -> AbstractAsyncContextManager[HttpServer]:
        """The same over HTTP, for the one subject that has this token."""
        shared = {"MCP_VOICE_STORE": self.store, "MCP_VOICE_WORKERS": "true", "MCP_VOICE_HTTP_TOKENS": f"ops={token}"}
        return http_server(self.rig.environment(**shared | changed), folder)

    def worker(self, **changed: str) -> AbstractAsyncContextManager[Worker]:
        """A worker, once it is registered; however busy the machine, it takes rooms."""
        given = {
            "MCP_VOICE_STORE": self.store,
            "MCP_VOICE_WORKER_PORT": "0",
            "MCP_VOICE_WORKER_HOST": "127.0.0.1",
            "MCP_VOICE_WORKER_LOAD": "1",
            "MCP_VOICE_WORKER_DRAIN_SECONDS": "5",
        }
        return worker(self.rig, "worker", program=PROGRAM, ready=READY, **given | changed)


def kill(started: Worker) -> None:
    """As if the worker's machine had lost its power."""
    own = psutil.Process(started.process.pid)
    processes = [own, *own.children(recursive=True)]
    for each in processes:
        each.suspend()
    for each in processes:
        each.kill()
