"""What a worker needs of this machine: its ports, and a folder for the figures of its rooms."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

from mcp_voice.doctor.problem import Problem
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice_agent.doctor.ours import ours
from mcp_voice_agent.settings import AgentSettings

__all__ = ["PORTS"]

HEALTH_PORT = 8081
"""LiveKit's own for `start`; with `dev` it is any that is free."""
LOOPBACK = "127.0.0.1"
ASK_SECONDS = 2.0
ANSWER_BYTES = 65_536
HEALTHY = ("OK", "draining", "not registered with LiveKit")
FIGURES = "lk_agents_"


async def health_port(visit: Visit) -> Found:
    """Take the port of the health check, and give it back."""
    settings = ours(visit)
    port = HEALTH_PORT if settings.agent_port is None else settings.agent_port
    if port == 0:
        return Found("any that is free (MCP_VOICE_AGENT_PORT=0)")
    if port == settings.agent_prometheus_port:
        raise Problem("same-port", port=port)
    return await _free(settings, port, setting="MCP_VOICE_AGENT_PORT", path="/health", is_worker=_is_health)


async def prometheus(visit: Visit) -> Found:
    """Take the port of the metrics and write into their folder."""
    settings = ours(visit)
    port = settings.agent_prometheus_port or 0
    found = await _free(
        settings, port, setting="MCP_VOICE_AGENT_PROMETHEUS_PORT", path="/metrics", is_worker=_is_figures
    )
    folder = settings.agent_prometheus_dir
    if folder is not None and not _can_be_written(folder):
        raise Problem("figures-folder", folder=folder)
    return found


def _is_health(text: str) -> bool:
    return text.strip().startswith(HEALTHY)


def _is_figures(text: str) -> bool:
    return FIGURES in text


async def _free(
    settings: AgentSettings, port: int, *, setting: str, path: str, is_worker: Callable[[str], bool]
) -> Found:
    host = settings.agent_host
    try:
        _bind(host, port)
    except OSError as error:
        facts: dict[str, Any] = {"port": port, "setting": setting, "host": host or "all addresses"}
        if error.errno == errno.EADDRINUSE:
            text = await _answer(host or LOOPBACK, port, path)
            if is_worker(text):
                return Found(f"port {port} is used by a running worker", [Problem("worker-runs", **facts)])
            raise Problem("port-taken", **facts) from None
        if error.errno == errno.EACCES:
            raise Problem("port-forbidden", **facts) from None
        raise Problem("no-such-address", why=error.strerror or error, **facts) from None
    return Found(f"port {port} is free")


def _bind(host: str, port: int) -> None:
    """Take a port as the worker does; raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as taken:
        if sys.platform != "win32":
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen(1)


async def _answer(host: str, port: int, path: str) -> str:
    """What listens there says, as far as it says anything."""
    limit = aiohttp.ClientTimeout(total=ASK_SECONDS)
    place = f"[{host}]" if ":" in host else host
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as client,
            client.get(f"http://{place}:{port}{path}", allow_redirects=False) as answer,
        ):
            return (await answer.content.read(ANSWER_BYTES)).decode(errors="replace")
    except (aiohttp.ClientError, TimeoutError, OSError):
        return ""


def _can_be_written(folder: Path) -> bool:
    """Whether it, or the nearest folder above it that there is, may be written to by us."""
    there = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _has_prometheus(visit: Visit) -> bool:
    return ours(visit).agent_prometheus_port is not None


PORTS = (
    Step("health-port", "health port is free", health_port, 4.0, ("settings",)),
    Step("prometheus", "Prometheus port is free", prometheus, 4.0, ("settings",), _has_prometheus),
)
