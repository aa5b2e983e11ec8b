"""Build the image of ``deploy/Dockerfile`` from this checkout, and see its worker and its MCP server at work.

The worker runs as the image says (its user, its command, its health check), with a file system that cannot be written,
on a real LiveKit server on the loopback. A human is greeted by it; on SIGTERM it takes no more rooms, and ends with its
last one.
Run by ``scripts/deploy-check``.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import anyio
import psutil
from anyio.abc import Process
from livekit import api
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from mcp_voice.embedded import embedded_server
from mcp_voice.settings import load
from testkit.companion import greeted
from testkit.gate import gate
from testkit.image import Image, build, default_base, make_base, mounted
from testkit.openai_server import openai_server
from testkit.rig import Rig
from testkit.waiting import until
from testkit.worker import companions

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
TAG = "mcp-voice"
ROOM = "deployed"
WRITABLE = ("/tmp", "/var/lib/mcp-voice")  # noqa: S108  # in the image, as in the manifests
LIMIT = 120.0
BUSY = 600.0
STARTED = time.monotonic()


def tell(text: str) -> None:
    """A line on the terminal with the seconds so far."""
    print(f"[{time.monotonic() - STARTED:5.0f} s] {text}", flush=True)


def need(ok: object, otherwise: str) -> None:
    """End the program with what is wrong, if it is."""
    if not ok:
        raise SystemExit(f"deploy-check: {otherwise}")


def free_port() -> int:
    """A port of the loopback that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        return int(opened.getsockname()[1])


def answered(port: int, path: str) -> tuple[int, str]:
    """What the worker answers over HTTP; 0 where nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


@asynccontextmanager
async def rigged(folder: Path) -> AsyncIterator[Rig]:
    """A LiveKit server and providers that answer at once, on the loopback."""
    settings = load(state_dir=folder / "state", _env_file=None)
    async with embedded_server(settings) as server, gate(server.url) as opened, openai_server() as speech:
        yield Rig(server, opened, speech, folder)


@asynccontextmanager
async def running(image: Image, settings: dict[str, str], log: Path) -> AsyncIterator[Process]:
    """The image's own command, in a file system that cannot be written; its log is shown if the block fails."""
    with log.open("wb") as output:
        async with await anyio.open_process(
            image.start(read_only=WRITABLE, **settings), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        ) as process:
            try:
                yield process
            except BaseException:
                print("\n".join(log.read_text(errors="replace").splitlines()[-60:]), file=sys.stderr)
                raise
            finally:
                if process.returncode is None:
                    process.kill()


async def check_worker(image: Image, rig: Rig) -> None:
    """From the start to the end of a worker, with one conversation."""
    ports = {"MCP_VOICE_AGENT_PORT": str(free_port()), "MCP_VOICE_AGENT_PROMETHEUS_PORT": str(free_port())}
    port = int(ports["MCP_VOICE_AGENT_PORT"])
    settings = rig.environment(**ports, LIVEKIT_URL=rig.server.url, MCP_VOICE_AGENT_LLM="openai/gpt-4.1-mini")
    settings["MCP_VOICE_AGENT_DRAIN_SECONDS"] = "300"
    need(not image.is_healthy(**ports), "it is healthy before it runs")
    async with running(image, settings, rig.folder / "worker.log") as process:
        await until(lambda: answered(port, "/health")[0] == HTTPStatus.OK, limit=LIMIT)
        need(image.is_healthy(**ports), "the image's health check disagrees with /health")
        first = next(iter(psutil.Process(process.pid).children()))
        need(first.uids().real == int(image.user.partition(":")[0]), "it is not the image's user who runs it")
        tell(f"healthy, as user {first.uids().real}; PID 1 is {first.name()}")
        figures = answered(int(ports["MCP_VOICE_AGENT_PROMETHEUS_PORT"]), "/metrics")
        need("lk_agents_worker_load" in figures[1], f"/metrics says {figures}")
        tell("its figures can be scraped")
        async with rig.person(ROOM, "alice") as person:
            # LiveKit sends no room to a machine that is busy, and the worker asks again once it is not.
            await until(lambda: companions(person), limit=BUSY)
            await greeted(person)
            tell("a human in a room was greeted")
            first.send_signal(signal.SIGTERM)
            await until(lambda: answered(port, "/health") == (HTTPStatus.SERVICE_UNAVAILABLE, "draining"), limit=LIMIT)
            need(process.returncode is None, "it has ended in the middle of a conversation")
            tell("SIGTERM: /health says 503 draining, and the conversation goes on")
        async with rig.api() as server:
            await server.room.delete_room(api.DeleteRoomRequest(room=ROOM))
        with anyio.fail_after(LIMIT):
            code = await process.wait()
        need(code == 0, f"it has ended with exit code {code}")
        tell("the room is gone: it has ended by itself, with exit code 0")


async def check_server(image: Image, rig: Rig) -> None:
    """The other program of the image, as a host starts it."""
    command, *arguments = image.start("mcp-voice", read_only=WRITABLE, **rig.environment())
    with anyio.fail_after(LIMIT):
        async with (
            stdio_client(StdioServerParameters(command=command, args=arguments)) as (read, write),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = (await session.list_tools()).tools
    need(any(tool.name == "ask_in_room" for tool in tools), "there is no ask_in_room")
    tell(f"the MCP server offers {len(tools)} tools over stdio")


def check_image(image: Image) -> None:
    """What must be in it, and what must not."""
    for name in ("gcc", "cc", "make", "pip", "uv"):
        need(
            not shutil.which(name, path=f"{image.root}/usr/bin:{image.root}/opt/mcp-voice/venv/bin"), f"{name} is in it"
        )
    need((image.root / "opt/mcp-voice/models/moonshine-tiny-en/encoder_model.ort").is_file(), "the model is missing")
    need(not (image.root / "src").exists(), "the sources are in it")
    tell("no compiler, no installer, no sources in it; the models are")


async def main() -> None:
    """Build, then try; ends with an exception at the first thing that is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--scratch", type=Path, help="folder that is kept (default: a new one that is removed)")
    given = parser.parse_args()
    scratch = given.scratch or Path(tempfile.mkdtemp(prefix="deploy-check-"))
    scratch.mkdir(parents=True, exist_ok=True)
    dockerfile = DEPLOY / "Dockerfile"
    try:
        base = default_base(dockerfile)
        if not (scratch / "base").exists():
            make_base(base, scratch)
        tell(f"{base}: made by debootstrap, for there is no registry of images here")
        build(dockerfile, ROOT, tag=TAG, scratch=scratch)
        tell("deploy/Dockerfile: built by buildah, every step of it")
        with mounted(TAG, scratch=scratch) as image:
            check_image(image)
            (scratch / "rig").mkdir(exist_ok=True)
            async with rigged(scratch / "rig") as rig:
                await check_server(image, rig)
                await check_worker(image, rig)
    finally:
        if given.scratch is None:
            shutil.rmtree(scratch, ignore_errors=True)
    tell("passed")


if __name__ == "__main__":
    anyio.run(main)
