"""The companion worker as a process of its own, registered with the rig's LiveKit server."""

from __future__ import annotations

import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import psutil
from anyio.abc import Process
from livekit import rtc

from mcp_voice.people.human import Human
from testkit import command
from testkit.rig import LIMIT, Rig
from testkit.waiting import until

__all__ = ["Worker", "companions", "worker"]

COMMAND = [sys.executable, "-m", "mcp_voice_agent"]
END_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Worker:
    """The process and what it has written."""

    process: Process
    log: Path

    def logged(self, text: str) -> bool:
        """Whether its log has such a line."""
        return text in self.log.read_text(encoding="utf-8")


def companions(person: Human) -> list[rtc.RemoteParticipant]:
    """The companions in a room, as somebody there sees them."""
    return [each for each in person.connection.remote_participants.values() if each.identity.startswith("agent-")]


@asynccontextmanager
async def worker(
    rig: Rig,
    *arguments: str,
    ready: str = "registered worker",
    program: Sequence[str] = COMMAND,
    folder: Path | str = "",
    **changed: str,
) -> AsyncIterator[Worker]:
    """Start a worker that speaks, hears and thinks through the tests' own provider, and wait until it logs ``ready``.

    It is sent to every room that is new while the block lasts.
    """
    folder = Path(folder) if folder else rig.folder / f"worker-{uuid.uuid4().hex[:8]}"
    folder.mkdir(exist_ok=True)
    log = folder / "stderr.log"
    given = {
        "MCP_VOICE_AGENT_LLM": "openai/gpt-4.1-mini",
        "MCP_VOICE_AGENT_PORT": "0",
        "LIVEKIT_URL": rig.server.url,
        # Rooms that a test leaves behind are no reason to wait when it ends.
        "MCP_VOICE_AGENT_DRAIN_SECONDS": "1",
    }
    settings = rig.environment(**given | changed)
    with log.open("wb") as output:
        async with await anyio.open_process(
            [*program, *(arguments or ("dev", "--no-reload"))],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder, env=command.environment(settings),
        ) as process:  # fmt: skip
            started = Worker(process, log)
            family = psutil.Process(process.pid)
            try:
                await until(lambda: started.logged(ready), limit=2 * LIMIT)
                yield started
            finally:
                if process.returncode is None:
                    with anyio.CancelScope(shield=True):
                        children = family.children(recursive=True)
                        process.send_signal(signal.SIGTERM)
                        with anyio.move_on_after(END_SECONDS):
                            await process.wait()
                        for each in [*children, family]:
                            if each.is_running():
                                each.kill()
