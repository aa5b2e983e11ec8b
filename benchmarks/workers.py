"""The companion worker, and a plain one to compare with: processes of their own, sent to rooms by name."""

from __future__ import annotations

import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import psutil
from anyio.abc import Process
from livekit import api

from benchmarks.models import Models
from benchmarks.stage import Stage
from testkit import command
from testkit.waiting import until

__all__ = ["WORKERS", "asker_worker", "send", "worker"]

WORKERS = {
    "ours": ("mcp_voice_agent", "dev", "--no-reload", "--log-level", "INFO"),
    "naive": ("benchmarks.plain_worker", "start"),
}
"""What ``python -m`` is to run; each is the agent of that name."""
REGISTER_SECONDS = 60.0
END_SECONDS = 10.0
TOLD = 2000
"""Characters of the log that are shown when a worker breaks off."""


@asynccontextmanager
async def worker(stage: Stage, kind: str, stubs: Models) -> AsyncIterator[None]:
    """Run one of ``WORKERS``, with the models that are there, while the block lasts."""
    settings = stage.environment(
        kind,
        OPENAI_BASE_URL=stubs.base_url,
        MCP_VOICE_AGENT_NAME=kind,
        MCP_VOICE_AGENT_LLM="openai/gpt-4.1-mini",
        MCP_VOICE_AGENT_GREETING="Hello.",
        **(_streaming_ears(stubs.deepgram_url) if stubs.deepgram_url else {}),
    )
    async with _running(stage, WORKERS[kind], settings):
        yield


@asynccontextmanager
async def asker_worker(stage: Stage, **changed: str) -> AsyncIterator[psutil.Process]:
    """Run ``mcp-voice worker``, which takes rooms however busy the machine is, while the block lasts."""
    given = {"MCP_VOICE_WORKER_PORT": "0", "MCP_VOICE_WORKER_HOST": "127.0.0.1", "MCP_VOICE_WORKER_LOAD": "1"}
    async with _running(stage, ("mcp_voice", "worker"), stage.environment("ours", **given, **changed)) as process:
        yield psutil.Process(process.pid)


@asynccontextmanager
async def _running(stage: Stage, program: Sequence[str], settings: Mapping[str, str]) -> AsyncIterator[Process]:
    folder = stage.folder / f"worker-{uuid.uuid4().hex[:6]}"
    folder.mkdir()
    log = folder / "worker.log"
    with log.open("wb") as output:
        async with await anyio.open_process(
            [sys.executable, "-m", *program],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder, env=command.environment(settings),
        ) as process:  # fmt: skip
            try:
                await until(lambda: _registered(process, log), limit=REGISTER_SECONDS)
                yield process
            finally:
                with anyio.CancelScope(shield=True):
                    await _end(process)


def _streaming_ears(base_url: str) -> dict[str, str]:
    return {
        "MCP_VOICE_STT": "deepgram/nova-3",
        "DEEPGRAM_API_KEY": "none",
        "MCP_VOICE_DEEPGRAM_BASE_URL": base_url,
    }


def _registered(process: Process, log: Path) -> bool:
    told = log.read_text(encoding="utf-8")
    if process.returncode is not None:
        raise RuntimeError(f"The worker broke off: {told[-TOLD:]}")
    return "registered worker" in told


async def _end(process: Process) -> None:
    """Tell it to end, and end what it leaves behind."""
    if process.returncode is not None:
        return
    family = command.family(process.pid)
    process.send_signal(signal.SIGTERM)
    with anyio.move_on_after(END_SECONDS):
        await process.wait()
    for each in family:
        with suppress(psutil.NoSuchProcess):
            each.kill()


async def send(stage: Stage, kind: str, room_name: str) -> None:
    """Have a worker come into a room."""
    server = stage.server
    async with api.LiveKitAPI(server.url, server.api_key, server.api_secret) as opened:
        await opened.agent_dispatch.create_dispatch(api.CreateAgentDispatchRequest(agent_name=kind, room=room_name))
