"""LiveKit's signalling through the page's own origin, where a browser cannot reach LiveKit's own address.

A phone reaches the page and not the loopback, and a page of https may open no ``ws://``. What passes is not looked at:
LiveKit checks the token. The media goes to the LiveKit server directly.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import anyio
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from mcp_voice.page.connections import peer_of
from mcp_voice.page.guard import refusal_response
from mcp_voice.page.headers import http_url, websocket_url
from mcp_voice.page.origins import Origins
from mcp_voice.page.refusals import RequestRefused, refused
from mcp_voice.process.loopback import is_loopback
from mcp_voice.redaction import fault_place
from mcp_voice.tasks import owned_tasks

__all__ = ["LARGEST_UP", "PATHS", "Signalling", "silent"]

log = logging.getLogger(__name__)
silent = logging.Logger("silent", level=logging.CRITICAL + 1)  # noqa: LOG001  # in the tree, somebody could set it to DEBUG
"""For libraries that would write down tokens, and what a session is about."""

PATHS = ("/rtc", "/rtc/v1")
"""Of a WebSocket; with ``/validate`` after it a GET explains why it was refused."""
LARGEST_UP = 1_048_576
"""Bytes of one message from a browser: a session's description has some ten thousand."""
LARGEST_DOWN = 8_388_608
"""Bytes of one message from LiveKit, which may tell of everybody in a room."""
MOST_SOCKETS = 40
"""Of devices on the network, and as many on the loopback."""
MOST_EACH = 20
"""Of one device on the network."""
OPEN_SECONDS = 10.0
CLOSE_SECONDS = 2.0
LARGEST_REASON = 4_096
WENT_AWAY = 1001
"""RFC 6455, section 7.4.1."""
PASSED_ON = frozenset({1000, 1001, 1003, 1007, 1008, 1009, 1011, 1012, 1013})


@dataclass
class Signalling:
    """The sockets of all browsers that join through the page."""

    livekit_url: Callable[[], Awaitable[str]]
    origins: Origins
    _open: Counter[str] = field(default_factory=Counter, init=False)
    """By their peers."""

    async def socket(self, browser: WebSocket) -> None:
        """Carry one browser's signalling to LiveKit and back until either side ends it; then both are ended.

        Also that of an app, which sends no origin.
        """
        origin = browser.headers.get("origin", "")
        if origin and not self.origins.is_own(origin):
            await browser.send_denial_response(refusal_response(refused("foreign-origin")))
            return
        peer = peer_of(browser.client)
        try:
            with self._one_of(peer):
                await self._carried(browser)
        except RequestRefused as error:
            await browser.send_denial_response(refusal_response(error))
        except (OSError, WebSocketDisconnect):
            log.debug("a browser went away before it was answered")
        except Exception as error:  # noqa: BLE001  # told here; nobody above would
            log.warning("signalling through the page failed: %s", fault_place(error))

    @contextmanager
    def _one_of(self, peer: str) -> Iterator[None]:
        """A connection to LiveKit for a peer; raises RequestRefused where there are too many."""
        if not self._has_room(peer):
            raise refused("rate-limited", retry_seconds=10)
        self._open[peer] += 1
        try:
            yield
        finally:
            self._open[peer] -= 1
            self._open += Counter()  # Without those who have none.

    def _has_room(self, peer: str) -> bool:
        here = is_loopback(peer)
        taken = sum(count for each, count in self._open.items() if is_loopback(each) == here)
        return taken < MOST_SOCKETS and (here or self._open[peer] < MOST_EACH)

    async def _carried(self, browser: WebSocket) -> None:
        try:
            url = f"{websocket_url(await self._address())}{browser.url.path}?{browser.url.query}"
            livekit = await _connected(url, _login(browser))
        except RequestRefused as error:
            await browser.send_denial_response(refusal_response(error))
        except InvalidStatus as error:
            # LiveKit's own words: they hold no secret, and its client reads the status.
            status, reason = error.response.status_code, error.response.body or b""
            await browser.send_denial_response(
                Response(bytes(reason[:LARGEST_REASON]), status, media_type="text/plain")
            )
        except (OSError, TimeoutError, InvalidHandshake) as error:
            log.info("LiveKit cannot be reached for a browser: %s", fault_place(error))
            await browser.send_denial_response(refusal_response(refused("livekit-unreachable", retry_seconds=5)))
        else:
            async with livekit:
                await browser.accept()
                await _both_ways(browser, livekit)

    async def _address(self) -> str:
        if not (url := await self.livekit_url()):
            raise refused("livekit-unreachable", retry_seconds=5)
        return url

    async def validate(self, request: Request) -> Response:
        """Why LiveKit refuses a token, as its client asks for it."""
        # Loaded already, by LiveKit's own client.
        from aiohttp import ClientError, ClientSession, ClientTimeout  # noqa: PLC0415

        url = f"{http_url(await self._address())}{request.url.path}?{request.url.query}"
        try:
            with self._one_of(peer_of(request.client)):
                async with (
                    ClientSession(timeout=ClientTimeout(total=OPEN_SECONDS), trust_env=False) as session,
                    session.get(url, headers=_login(request), allow_redirects=False) as answer,
                ):
                    reason = await answer.content.read(LARGEST_REASON)
                    return Response(reason, answer.status, media_type="text/plain")
        except (OSError, TimeoutError, ClientError) as error:
            log.info("LiveKit cannot be reached for a browser: %s", fault_place(error))
            raise refused("livekit-unreachable", retry_seconds=5) from None


def _login(asked: HTTPConnection) -> dict[str, str]:
    """A browser's token is in the query; apps send theirs in this header."""
    given = asked.headers.get("authorization")
    return {"Authorization": given} if given else {}


async def _connected(url: str, headers: dict[str, str]) -> ClientConnection:
    return await connect(
        url,
        additional_headers=headers,
        compression=None,
        proxy=None,
        open_timeout=OPEN_SECONDS,
        close_timeout=CLOSE_SECONDS,
        # LiveKit's client and server have pings of their own.
        ping_interval=None,
        max_size=LARGEST_DOWN,
        logger=silent,
    )


async def _both_ways(browser: WebSocket, livekit: ClientConnection) -> None:
    """Each message is passed on before the next one is read, so that whoever is slow holds up the sender."""
    async with owned_tasks() as tasks:

        async def up() -> None:
            try:
                while True:
                    message = await browser.receive()
                    if message["type"] != "websocket.receive":
                        return
                    await livekit.send(message["bytes"] if message.get("bytes") is not None else message["text"])
            except (WebSocketDisconnect, ConnectionClosed):
                pass
            finally:
                tasks.cancel_scope.cancel()

        async def down() -> None:
            try:
                async for message in livekit:
                    await (browser.send_bytes(message) if isinstance(message, bytes) else browser.send_text(message))
            except (WebSocketDisconnect, ConnectionClosed, RuntimeError):
                pass
            finally:
                tasks.cancel_scope.cancel()

        tasks.start_soon(up)
        tasks.start_soon(down)
    with anyio.move_on_after(CLOSE_SECONDS, shield=True):
        code = livekit.close_code if livekit.close_code in PASSED_ON else WENT_AWAY
        try:
            await browser.close(code)
        except (RuntimeError, WebSocketDisconnect):
            log.debug("the browser was gone first")
