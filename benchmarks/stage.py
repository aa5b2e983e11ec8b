"""What every measurement needs around it: a LiveKit server, stub models, MCP servers as child processes, people."""

from __future__ import annotations

import sys
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import psutil
from mcp import Client, MCPError, StdioServerParameters, stdio_client

from benchmarks.models import Models, models
from mcp_voice.embedded import LocalServer, embedded_server, status, stop
from mcp_voice.people.human import ROOM_NOISE_RMS, Human, human
from mcp_voice.room.access import Access, token
from mcp_voice.settings import Settings, load
from testkit.host import Host

__all__ = ["ROOT", "SERVERS", "Progress", "Stage", "stage"]

ROOT = Path(__file__).parent.parent
SERVERS = {
    "ours": ("mcp_voice", "serve"),
    "offline": ("mcp_voice", "serve"),
    "sphinx": ("benchmarks.sphinx",),
    "naive": ("benchmarks.baseline",),
    "bare": ("benchmarks.bare",),
    "counted": ("benchmarks.counted",),
}
"""The MCP servers under test: what ``python -m`` is to run."""
OFFLINE = {"MCP_VOICE_STT": "offline", "MCP_VOICE_TTS": "offline"}
TOLD = 2000
"""Characters of a log that are shown when a server breaks off."""
GRACE_SECONDS = 2.0
WARM_SECONDS = 60.0
"""Within which a server has loaded its engine."""

Progress = Callable[[str], None]


@dataclass
class Stage:
    """One of each for a whole run; every exchange has a room of its own unless it says otherwise."""

    server: LocalServer
    models: Models
    folder: Path
    progress: Progress

    @property
    def livekit(self) -> psutil.Process:
        """The LiveKit server's process."""
        pid = status(_settings(self.folder)).pid
        if not pid:
            raise RuntimeError("The LiveKit server has ended.")
        return psutil.Process(pid)

    def environment(self, kind: str, **changed: str) -> dict[str, str]:
        """The environment of one of the servers."""
        return {
            "PYTHONPATH": str(ROOT),
            "LIVEKIT_URL": self.server.url,
            "LIVEKIT_API_KEY": self.server.api_key,
            "LIVEKIT_API_SECRET": self.server.api_secret,
            "OPENAI_BASE_URL": self.models.base_url,
            "MCP_VOICE_STT": "openai/whisper-1",
            "MCP_VOICE_TTS": "openai/tts-1:alloy",
            **(OFFLINE if kind in ("offline", "sphinx") else {}),
            **changed,
        }

    @asynccontextmanager
    async def host(self, kind: str, *arguments: str, **changed: str) -> AsyncIterator[Host]:
        """Start one of ``SERVERS`` as a host does; its folder has no ``.env``, and its log is there."""
        folder = self.folder / f"{kind}-{uuid.uuid4().hex[:6]}"
        folder.mkdir()
        command = ["-m", *SERVERS[kind], *arguments]
        parameters = StdioServerParameters(
            command=sys.executable, args=command, env=self.environment(kind, **changed), cwd=folder
        )
        with (folder / "stderr.log").open("w", encoding="utf-8") as log:
            try:
                async with Client(stdio_client(parameters, errlog=log)) as client:
                    yield Host(client, _running_in(folder))
            except MCPError as error:
                told = (folder / "stderr.log").read_text(encoding="utf-8")[-TOLD:]
                raise RuntimeError(f"The {kind} server broke off ({error}): {told}") from error

    def token(self, room_name: str, identity: str = "alice", *, kind: str = "standard") -> str:
        """What lets a human, or a participant of another kind, into a room."""
        access = Access(self.server.url, self.server.api_key, self.server.api_secret)
        return token(access, room_name=room_name, identity=identity, name="", kind=kind)

    def person(
        self, room_name: str, identity: str = "alice", *, room_noise_rms: float = ROOM_NOISE_RMS
    ) -> AbstractAsyncContextManager[Human]:
        """A human in a room, with a microphone that carries room noise (int16 units)."""
        return human(self.server.url, self.token(room_name, identity), room_noise_rms=room_noise_rms)


def _settings(folder: Path) -> Settings:
    """Those of the embedded server, whose files are in that folder."""
    return load(state_dir=folder / "state", _env_file=None)


def _running_in(folder: Path) -> psutil.Process:
    """The child process that works in this folder; other servers may be starting at the same time."""
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if Path(child.cwd()).samefile(folder):
                return child
    raise RuntimeError(f"No server runs in {folder}.")


@asynccontextmanager
async def stage(progress: Progress) -> AsyncIterator[Stage]:
    """The embedded LiveKit server and the stub models, for as long as the block lasts."""
    with TemporaryDirectory(prefix="mcp-voice-benchmark-") as name:
        folder = Path(name)
        settings = _settings(folder)
        async with (
            embedded_server(settings, progress=progress, grace=GRACE_SECONDS) as server,
            models(folder) as stubs,
        ):
            yield Stage(server, stubs, folder, progress)
        await stop(settings)  # Until then its keeper writes into the folder that is removed next.


async def warmed(host: Host) -> Host:
    """Wait until our server has loaded its engine: what a model does first comes seconds after the start anyway."""
    with anyio.fail_after(WARM_SECONDS):
        await host.rooms()
    return host


def room_name() -> str:
    """A room that nobody else uses."""
    return f"bench-{uuid.uuid4().hex[:8]}"
