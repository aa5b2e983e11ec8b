"""A LiveKit server behind a path of a reverse proxy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import anyio
import pytest
from anyio.abc import ByteReceiveStream, ByteSendStream, SocketAttribute, SocketStream

from mcp_voice.people.human import Human
from testkit.rig import LIMIT, Rig

pytestmark = pytest.mark.anyio

GONE = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError)


async def passed_on(source: ByteReceiveStream, sink: ByteSendStream, scope: anyio.CancelScope) -> None:
    """Pass on what comes; the path before LiveKit's own is taken away, and a doubled slash is none of it."""
    with suppress(*GONE):
        async for piece in source:
            method, space, rest = piece.partition(b" ")
            if method in (b"GET", b"POST") and space:
                if not rest.startswith((b"/livekit/rtc", b"/livekit/twirp", b"/livekit/ ")):
                    break
                piece = method + b" " + rest.removeprefix(b"/livekit")  # noqa: PLW2901
            await sink.send(piece)
    scope.cancel()


@asynccontextmanager
async def proxy(url: str) -> AsyncIterator[str]:
    """A reverse proxy; gives its address, without a slash at its end."""
    parts = urlsplit(url)

    async def serve(client: SocketStream) -> None:
        async with (
            client,
            await anyio.connect_tcp(parts.hostname or "", parts.port or 0) as server,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(passed_on, server, client, tasks.cancel_scope)
            await passed_on(client, server, tasks.cancel_scope)

    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, serve)
        port = listener.extra(SocketAttribute.local_port)  # noqa: S610  # anyio's, nothing of Django's
        yield f"ws://127.0.0.1:{port}/livekit"
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("slashes", [pytest.param("", marks=pytest.mark.long), "/", "//"])
async def test_an_address_with_a_path_may_end_in_a_slash(slashes: str, rig: Rig, room: str, alice: Human) -> None:
    """Copied from a browser it does, and a doubled slash is another address to most proxies."""
    async with proxy(rig.server.url) as url, rig.host(LIVEKIT_URL=url + slashes) as host:
        answer = await host.ask("Shall we begin?", room_name=room, wait_seconds=0)
        assert answer.status == "pending"
        await alice.hears_sound(limit=LIMIT)
