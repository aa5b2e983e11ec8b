"""An HTTP server of files on the loopback, as a mirror or a package index is one; it can be made to fail."""

from __future__ import annotations

import asyncio
import hashlib
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

__all__ = ["Asked", "Fault", "FileServer", "as_it_is", "drip", "endless", "file_server", "held", "status", "truncated"]

RANGE = re.compile(r"bytes=(\d+)-(\d+)")
CHUNK = 1 << 14

Fault = Callable[[web.Request, bytes, dict[str, str], int], Awaitable[web.StreamResponse]]
"""Answers a request with the bytes, headers and status that would have been sent."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    path: str
    headers: dict[str, str]

    @property
    def range(self) -> str:
        """The part that was asked for, empty for the whole."""
        return self.headers.get("Range", "")


class FileServer:
    """The server while it runs; what is public here may be changed at any time."""

    def __init__(self) -> None:
        self.url = ""
        self.files: dict[str, bytes] = {}
        """By path, with its first slash."""
        self.types: dict[str, str] = {}
        self.faults: list[Fault] = []
        """What is wrong with the next requests, one each."""
        self.always: Fault | None = None
        """What is wrong with all of them."""
        self.redirects: dict[str, str] = {}
        self.login = ""
        """The Authorization that is asked for, if any."""
        self.serves_ranges = True
        self.tags = True
        self.asked: list[Asked] = []
        self.sent = 0
        """Bytes of bodies, but for those of faults."""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        # A proxy is asked for whole addresses.
        path = request.path
        self.asked.append(Asked(path, dict(request.headers)))
        if self.login and request.headers.get("Authorization") != self.login:
            return web.Response(status=401)
        if path in self.redirects:
            return web.Response(status=302, headers={"Location": self.redirects[path]})
        body, headers, code = self._found(request, path)
        fault = self.faults.pop(0) if self.faults else self.always
        if fault is not None:
            return await fault(request, body, headers, code)
        self.sent += len(body)
        return web.Response(body=body, status=code, headers=headers)

    def _found(self, request: web.Request, path: str) -> tuple[bytes, dict[str, str], int]:
        body = self.files.get(path)
        if body is None:
            return b"", {}, 404
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        headers = {"Content-Type": self.types.get(path, "application/octet-stream")}
        if self.tags:
            headers["ETag"] = tag
        found = RANGE.fullmatch(request.headers.get("Range", ""))
        if not found or not self.serves_ranges or request.headers.get("If-Range", tag) != tag:
            return body, headers, 200
        first, last = int(found[1]), min(int(found[2]), len(body) - 1)
        if first >= len(body):
            return b"", {"Content-Range": f"bytes */{len(body)}"}, 416
        headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
        return body[first : last + 1], headers, 206


@asynccontextmanager
async def file_server(*, tls: ssl.SSLContext | None = None) -> AsyncIterator[FileServer]:
    """A server on a free port, until the block ends."""
    server = FileServer()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        host, port = runner.addresses[0][:2]
        server.url = f"{'https' if tls else 'http'}://{host}:{port}"
        yield server
    finally:
        await runner.cleanup()


async def as_it_is(_: web.Request, body: bytes, headers: dict[str, str], code: int) -> web.StreamResponse:
    """No fault."""
    return web.Response(body=body, status=code, headers=headers)


def status(code: int) -> Fault:
    """This status, and nothing else."""

    async def answer(_: web.Request, __: bytes, ___: dict[str, str], ____: int) -> web.StreamResponse:
        return web.Response(status=code)

    return answer


def truncated(count: int) -> Fault:
    """The first bytes only, then the connection ends."""

    async def answer(request: web.Request, body: bytes, headers: dict[str, str], code: int) -> web.StreamResponse:
        response = web.StreamResponse(status=code, headers=headers)
        response.content_length = len(body)
        await response.prepare(request)
        await response.write(body[:count])
        assert request.transport is not None
        request.transport.close()
        return response

    return answer


async def endless(request: web.Request, _: bytes, headers: dict[str, str], code: int) -> web.StreamResponse:
    """No length, and no end."""
    response = web.StreamResponse(status=code, headers=headers)
    response.enable_chunked_encoding()
    await response.prepare(request)
    while True:
        await response.write(bytes(CHUNK))


async def drip(request: web.Request, body: bytes, headers: dict[str, str], code: int) -> web.StreamResponse:
    """A byte now and then."""
    response = web.StreamResponse(status=code, headers=headers)
    response.content_length = len(body)
    await response.prepare(request)
    for index in range(len(body)):
        await response.write(body[index : index + 1])
        await asyncio.sleep(0.02)
    return response


def held(count: int, until: asyncio.Event) -> Fault:
    """The first bytes, and the rest when the event has come."""

    async def answer(request: web.Request, body: bytes, headers: dict[str, str], code: int) -> web.StreamResponse:
        response = web.StreamResponse(status=code, headers=headers)
        response.content_length = len(body)
        await response.prepare(request)
        await response.write(body[:count])
        await until.wait()
        await response.write(body[count:])
        return response

    return answer
