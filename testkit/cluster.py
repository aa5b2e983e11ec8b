"""Everything a team runs, as processes of this machine: Redis, livekit-server, workers, and replicas that serve MCP.

Each may be killed at any moment. Whoever asks here goes on as a host does: at another replica, by ``wait_for_reply``.
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import psutil

from mcp_voice.embedded import LocalServer
from testkit.gate import gate
from testkit.http_host import HttpServer, http_server
from testkit.livekit_process import LivekitProcess
from testkit.openai_server import openai_server
from testkit.redis_server import RedisServer, redis_server
from testkit.rig import Rig
from testkit.worker import Worker, worker

__all__ = ["Cluster", "cluster", "kill"]

PROGRAM = (sys.executable, "-m", "mcp_voice")
READY = "registered worker"
VOICES = ("alloy", "ash", "coral", "echo", "fable", "nova", "onyx", "sage")
"""Of each worker, or of each replica where there are none, another one: it tells who speaks."""
QUIET_SECONDS = "30"
"""The next question of a room comes sooner, to whoever is there."""


def _untold(_: str) -> None:
    """Where progress goes that nobody wants."""


@dataclass
class Cluster:
    """What runs."""

    rig: Rig
    """The rooms and the providers, as of every test."""
    redis: RedisServer
    livekit: LivekitProcess
    token: str
    """Of the one team that asks."""
    replicas: list[HttpServer] = field(default_factory=list)
    workers: list[Worker] = field(default_factory=list)
    dead: set[int] = field(default_factory=set)
    """Processes that were killed."""

    @property
    def serving(self) -> list[HttpServer]:
        """The replicas that are alive."""
        return [each for each in self.replicas if each.process.pid not in self.dead]

    def spoken(self, text: str) -> list[int]:
        """Whose voice was asked for, with whatever holds this text, in turn: the number of a part that has voices."""
        return [VOICES.index(each.voice) for each in self.rig.speech.speech.asked if text in each.text]

    def kill(self, part: Worker | HttpServer) -> None:
        """As if its machine had lost its power."""
        self.dead.add(part.process.pid)
        kill(part.process.pid)

    async def restart_redis(self, *, down_seconds: float = 1.0) -> None:
        """Kill it, and start it again with what it has written."""
        await self.redis.kill()
        await anyio.sleep(down_seconds)
        await self.redis.start()

    async def restart_livekit(self, *, down_seconds: float = 1.0) -> None:
        """Kill it, and start it again: it knows of no room any more."""
        await self.livekit.kill()
        await anyio.sleep(down_seconds)
        await self.livekit.start()
        await self.livekit.answers()


def kill(pid: int) -> None:
    """A process with all that it has started, none of which gets a word out."""
    own = psutil.Process(pid)
    processes = [own, *own.children(recursive=True)]
    for each in processes:
        each.suspend()
    for each in processes:
        each.kill()


@asynccontextmanager
async def cluster(
    folder: Path, *, workers: int = 2, replicas: int = 2, told: Callable[[str], None] = _untold
) -> AsyncIterator[Cluster]:
    """Run it until the block ends; without workers the replicas carry the sound themselves.

    ``told`` gets a line for each part that is up.
    """
    livekit = LivekitProcess(folder / "livekit")
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(redis_server(folder / "redis", appendonly="yes"))
        told(f"Redis at {redis.url}, append-only")
        stack.push_async_callback(livekit.stop)
        server = await livekit.start()
        await livekit.answers()
        told(f"livekit-server at {server.url}")
        running = Cluster(await _rig(stack, server, folder), redis, livekit, secrets.token_hex(32))
        settings = _settings(running, folder, with_workers=workers > 0)
        for number in range(1, workers + 1):
            running.workers.append(await stack.enter_async_context(_worker(running.rig, settings | _voice(number))))
            told(f"worker {number} of {workers}, registered with LiveKit")
        for number in range(1, replicas + 1):
            place = folder / f"replica-{number}"
            place.mkdir()
            given = running.rig.environment(**settings | _voice(number))
            replica = await stack.enter_async_context(http_server(given, place))
            running.replicas.append(replica)
            told(f"replica {number} of {replicas}: MCP at {replica.url}")
        yield running


async def _rig(stack: AsyncExitStack, server: LocalServer, folder: Path) -> Rig:
    opened = await stack.enter_async_context(gate(server.url))
    return Rig(server, opened, await stack.enter_async_context(openai_server()), folder)


def _settings(running: Cluster, folder: Path, *, with_workers: bool) -> dict[str, str]:
    tokens = folder / "tokens.json"
    team = {"name": "team", "token": running.token, "calls_per_minute": 6000}
    tokens.write_text(json.dumps({"subjects": [team]}), encoding="utf-8")
    return {
        "LIVEKIT_URL": running.rig.server.url,
        "MCP_VOICE_STORE": running.redis.url,
        "MCP_VOICE_WORKERS": str(with_workers).lower(),
        "MCP_VOICE_HTTP_TOKENS_FILE": str(tokens),
        "MCP_VOICE_QUIET_SECONDS": QUIET_SECONDS,
    }


def _voice(number: int) -> dict[str, str]:
    return {"MCP_VOICE_TTS": f"openai/tts-1:{VOICES[number - 1]}"}


@asynccontextmanager
async def _worker(rig: Rig, settings: dict[str, str]) -> AsyncIterator[Worker]:
    given = {
        "MCP_VOICE_WORKER_PORT": "0",
        "MCP_VOICE_WORKER_HOST": "127.0.0.1",
        # However busy the machine is with others.
        "MCP_VOICE_WORKER_LOAD": "1",
        "MCP_VOICE_WORKER_DRAIN_SECONDS": "1",
    }
    async with worker(rig, "worker", program=PROGRAM, ready=READY, **given | settings) as started:
        yield started
