"""Claude Code over HTTP both ways, with a token and by OAuth, and with a language model of ours."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import termios
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from mcp_voice.server.address import HttpAddress
from mcp_voice.server.http import served
from mcp_voice.settings import load
from testkit.anthropic_stub import AnthropicStub
from testkit.authorization_server import authorization_server, browsed, free_port
from testkit.client_tools import ASK, REPLY, SECONDS, Tools, at_loopback, require, run
from testkit.two_teams import Teams

__all__ = ["claude_code", "claude_code_login"]

ADDRESS = re.compile(r"(https?://127\.0\.0\.1:\d+/auth\?[^\s\x1b\x07]+)[\s\x1b\x07]")
"""Where a person logs in, at the authorization server."""


async def claude_code(tools: Tools, teams: Teams) -> None:
    """Claude Code with a token in a header, and a language model of ours: it lists the tools and calls one."""
    stub = AnthropicStub("mcp__voice__ask_in_room", ASK)
    server = {"type": "http", "url": teams.sales.url, "headers": {"Authorization": f"Bearer {teams.sales.token}"}}
    with TemporaryDirectory() as folder:
        file = Path(folder) / "mcp.json"
        file.write_text(json.dumps({"mcpServers": {"voice": server}}))
        async with at_loopback(stub) as url:
            environment = claude_environment(Path(folder), ANTHROPIC_BASE_URL=url, ANTHROPIC_API_KEY="stub")
            options = ["--strict-mcp-config", "--mcp-config", str(file), "--allowedTools", "mcp__voice"]
            await run([*claude(tools), "-p", "Ask them.", *options], environment=environment, cwd=Path(folder))
    require("mcp__voice__ask_in_room" in stub.offered, stub.offered)
    require(any(REPLY in result for result in stub.results), stub.results)


async def claude_code_login(tools: Tools, _: Teams) -> None:
    """Claude Code by OAuth, with a real authorization server: it finds that one, a person logs in, and it calls."""
    port, issuer_port = free_port(), free_port()
    issuer = f"http://127.0.0.1:{issuer_port}"
    settings = load(
        http_url=f"http://127.0.0.1:{port}", http_issuer=issuer, livekit_url="ws://localhost", _env_file=None
    )
    stub = AnthropicStub("mcp__voice__ask_in_room", ASK)
    with TemporaryDirectory() as name:
        home = Path(name)
        async with (
            authorization_server(tools.folder, issuer_port),
            served(settings, HttpAddress(port=port)) as running,
            at_loopback(stub) as url,
        ):
            environment = claude_environment(home, ANTHROPIC_BASE_URL=url, ANTHROPIC_API_KEY="stub")
            add = ["mcp", "add", "--scope", "user", "--transport", "http", "voice", running.url]
            await run([*claude(tools), *add], environment=environment, cwd=home)
            await log_in([*claude(tools), "mcp", "login", "--no-browser", "voice"], environment, home)
            listed = await run([*claude(tools), "mcp", "list"], environment=environment, cwd=home)
            require("Connected" in listed, listed)
            options = ["-p", "Ask them.", "--allowedTools", "mcp__voice"]
            await run([*claude(tools), *options], environment=environment, cwd=home)
    require(any(REPLY in result for result in stub.results), stub.results)


async def log_in(command: list[str], environment: Mapping[str, str], folder: Path) -> None:
    """Do in a browser what it asks for at a terminal, and give back where the browser came to."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 4000, 0, 0))  # so that no address is wrapped
    both = {**os.environ, **environment, "TERM": "dumb"}
    told = ""
    try:
        async with await anyio.open_process(
            command, cwd=folder, env=both, stdin=its, stdout=its, stderr=its
        ) as process:
            with anyio.fail_after(SECONDS):
                while not (found := ADDRESS.search(told)):
                    await anyio.wait_readable(ours)
                    told += os.read(ours, 65_536).decode(errors="replace")
                came_back = await browsed(found[1], "ann", back="http://localhost")
                os.write(ours, f"{came_back}\r".encode())
                await process.wait()
            require(process.returncode == 0, told)
    finally:
        os.close(ours)
        os.close(its)


def claude(tools: Tools) -> list[str]:
    """Its program."""
    return [str(next(tools.folder.glob("node_modules/@anthropic-ai/claude-code-*/claude")))]


def claude_environment(home: Path, **more: str) -> dict[str, str]:
    """With a home of its own, and without anything that goes elsewhere."""
    return {
        "HOME": str(home),
        "DISABLE_TELEMETRY": "1",
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_ERROR_REPORTING": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        **more,
    }
