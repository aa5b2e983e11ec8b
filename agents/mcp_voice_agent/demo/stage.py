"""What the demo needs around it: a worker as a process of its own, and the model that it thinks with."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import anyio
from anyio.abc import Process
from livekit import api

from mcp_voice.embedded import leashed, state_folder
from mcp_voice.errors import LiveKitError, VoiceError
from mcp_voice.room.access import Access
from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.demo.model import MODEL, scripted_model
from mcp_voice_agent.demo.script import GREETING, answer
from mcp_voice_agent.settings import AgentSettings

__all__ = ["OFFLINE", "alone", "language_model", "send", "worker"]

OFFLINE = {"MCP_VOICE_STT": "offline", "MCP_VOICE_TTS": "offline"}
OTHERS = ("MCP_VOICE_", "LIVEKIT_", "OPENAI_", "AGENT_CONFIG_")
"""How variables begin that would make another companion of it."""
COMMAND = (sys.executable, "-P", "-m", "mcp_voice_agent", "dev", "--no-reload")
READY = b"registered worker"
START_SECONDS = 60.0
END_SECONDS = 12.0
DISPATCH_SECONDS = 10.0


def alone(settings: AgentSettings) -> AgentSettings:
    """Settings with an embedded LiveKit server that nobody else uses.

    On the common one a companion of the user's own would come to our room as well.
    """
    return settings.model_copy(update={"state_dir": state_folder(settings) / "companion-demo"})


@asynccontextmanager
async def language_model(settings: AgentSettings, *, own: bool) -> AsyncIterator[tuple[str, dict[str, str]]]:
    """A name to show, and the variables with which a worker uses that model: the settings' ``own``, or the script.

    Raises BadSettings where the settings have none.
    """
    if not own:
        async with scripted_model(answer) as url:
            variables = {"MCP_VOICE_AGENT_LLM": f"openai/{MODEL}", "MCP_VOICE_LLM_BASE_URL": url}
            yield "a script of this demo, on the loopback: it understands nothing", variables
        return
    from mcp_voice_agent.models.llm import chosen_models, named_models  # noqa: PLC0415  # Imports LiveKit's agents, in seconds.

    chosen_models(settings)
    variables = {
        "MCP_VOICE_AGENT_LLM": settings.agent_llm,
        "MCP_VOICE_LLM_BASE_URL": settings.llm_base_url,
        "OPENAI_BASE_URL": settings.openai_base_url,
        "OPENAI_API_KEY": settings.openai_api_key.get_secret_value(),
        "GROQ_API_KEY": settings.groq_api_key.get_secret_value(),
        "ANTHROPIC_API_KEY": settings.anthropic_api_key.get_secret_value(),
    }
    yield ", ".join(named_models(settings)), {name: value for name, value in variables.items() if value}


class Worker:
    """The worker's process."""

    def __init__(self, process: Process, log: Path) -> None:
        self.log = log
        self._process = process
        self._ready = anyio.Event()
        self._ended = anyio.Event()

    async def ready(self) -> None:
        """Wait until LiveKit knows it; raises VoiceError when it ends before, or takes longer than a minute."""
        with anyio.move_on_after(START_SECONDS):
            await self._ready.wait()
        if not self._ready.is_set() or self._ended.is_set():
            what = "ended" if self._ended.is_set() else f"was not ready within {START_SECONDS:.0f} s"
            raise VoiceError(
                f"The worker ({' '.join(COMMAND[1:])}) {what}.",
                fix=f"See {str(self.log)!r}, and start again.",
                code="demo",
            )

    async def watch(self) -> None:
        """Write down what the process writes, until it ends."""
        assert self._process.stderr is not None  # noqa: S101  # It has a pipe.
        with self.log.open("wb", buffering=0) as log:
            async for text in self._process.stderr:
                with suppress(OSError):  # A full disk: the demo goes on, and says so when it writes its recording.
                    log.write(text)
                if READY in text:
                    self._ready.set()
        self._ended.set()
        self._ready.set()

    async def end(self) -> None:
        """Tell it to end, as a service manager does; kill it if it takes longer than 12 s."""
        if self._process.stdin is not None:
            await self._process.stdin.aclose()
        if sys.platform == "linux" and self._process.returncode is None:
            self._process.terminate()
        with anyio.move_on_after(END_SECONDS):
            await self._process.wait()
        if self._process.returncode is None:
            self._process.kill()


@asynccontextmanager
async def worker(access: Access, *, name: str, folder: Path, model: Mapping[str, str]) -> AsyncIterator[Worker]:
    """Start a worker, which is sent to rooms under that name; it ends with the block, and when we are killed.

    It hears and speaks offline, and what the environment says about companions does not count.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)} | {
        **OFFLINE,
        **model,
        "LIVEKIT_URL": access.url,
        "LIVEKIT_API_KEY": access.api_key,
        "LIVEKIT_API_SECRET": access.api_secret,
        "MCP_VOICE_AGENT_NAME": name,
        "MCP_VOICE_AGENT_GREETING": GREETING,
    }
    async with (
        await anyio.open_process(
            leashed(*COMMAND),
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=folder, env=environment,
            # Ctrl-C is for us, who end it; twice told, it would leave without its jobs.
            start_new_session=True,
        ) as process,
        owned_tasks() as tasks,
    ):  # fmt: skip
        started = Worker(process, folder / "worker.log")
        tasks.start_soon(started.watch)
        try:
            yield started
        finally:
            with anyio.CancelScope(shield=True):
                await started.end()


async def send(access: Access, *, name: str, room_name: str) -> None:
    """Have LiveKit send the worker of that name to a room; raises LiveKitError."""
    request = api.CreateAgentDispatchRequest(agent_name=name, room=room_name)
    try:
        with anyio.fail_after(DISPATCH_SECONDS):
            async with api.LiveKitAPI(access.url, access.api_key, access.api_secret) as livekit:
                await livekit.agent_dispatch.create_dispatch(request)
    except (aiohttp.ClientError, api.TwirpError, TimeoutError) as error:
        raise LiveKitError(
            f"LiveKit at {access.shown} did not send the companion ({type(error).__name__}).",
            fix="Start the demo again.",
            code="demo",
        ) from None
