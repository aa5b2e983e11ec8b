"""A configuration service on the loopback: real HTTP, with faults to switch on."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import unquote

import anyio
import anyio.lowlevel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from testkit.faults import Answer, Fault, Faulty
from testkit.serving import serving

__all__ = [
    "ConfigService",
    "config_service",
    "deep",
    "endless",
    "moved",
    "refused_address",
    "round_and_round",
    "saying",
    "trickle",
    "zipped",
]

PIECE = b" " * 4096
TRICKLE_SECONDS = 0.02
DEEP = 30_000
PATH = "/api/agent-configs/"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came over the wire."""

    path: str
    authorization: str


class ConfigService(Faulty):
    """The service while it runs: a configuration for each id, and what is wrong with it."""

    def __init__(self) -> None:
        super().__init__()
        self.url = ""
        self.configs: dict[str, object] = {}
        self.asked: list[Asked] = []
        self.closing = anyio.Event()

    async def answer(self, request: Request) -> Response:
        """Give the configuration of the id that the path names, in one segment."""
        path = request.scope["raw_path"].decode()
        self.asked.append(Asked(path, request.headers.get("authorization", "")))
        before, _, name = path.partition(PATH)
        config = self.configs.get(unquote(name)) if "/" not in name else None
        if self.fault is not None:
            return await self.fault(Answer(json.dumps(config).encode(), "application/json", self.closing))
        if config is None:
            return JSONResponse({"detail": f"nothing under {before}{PATH}{name}"}, status_code=404)
        return JSONResponse(config)


def saying(body: bytes) -> Fault:
    """Answer with exactly these bytes."""

    async def answer(_: Answer) -> Response:
        return Response(body, media_type="application/json")

    return answer


def moved(url: str) -> Fault:
    """Send whoever asks elsewhere."""

    async def answer(_: Answer) -> Response:
        return RedirectResponse(url)

    return answer


async def round_and_round(_: Answer) -> Response:
    """Send whoever asks back to where they came from."""
    return RedirectResponse("?again")


async def endless(answer: Answer) -> Response:
    """A body that does not end."""

    async def body() -> AsyncIterator[bytes]:
        while not answer.closing.is_set():
            yield PIECE
            # Once nobody reads, sending no longer waits for anything.
            await anyio.lowlevel.checkpoint()

    return StreamingResponse(body(), media_type=answer.media_type)


async def trickle(answer: Answer) -> Response:
    """A body that comes byte by byte and does not end, so that no single read takes long."""

    async def body() -> AsyncIterator[bytes]:
        while not answer.closing.is_set():
            yield b" "
            with anyio.move_on_after(TRICKLE_SECONDS):
                await answer.closing.wait()

    return StreamingResponse(body(), media_type=answer.media_type)


async def zipped(_: Answer) -> Response:
    """A small body that would unpack into a large one."""
    return Response(gzip.compress(b" " * 5_000_000), headers={"content-encoding": "gzip"})


async def deep(_: Answer) -> Response:
    """Lists in lists, deeper than a recursive parser can go."""
    return Response(b"[" * DEEP + b"]" * DEEP, media_type="application/json")


def refused_address() -> str:
    """Where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@asynccontextmanager
async def config_service() -> AsyncIterator[ConfigService]:
    """A service on a free port of the loopback."""
    service = ConfigService()
    # Whatever is asked for: a path that leads astray is to be seen.
    async with serving(Starlette(routes=[Route("/{path:path}", service.answer)])) as port:
        service.url = f"http://127.0.0.1:{port}"
        try:
            yield service
        finally:
            service.closing.set()
