"""What is fetched of an authorization server: one JSON object, in time, and of a size."""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable

import anyio
import anyio.lowlevel
import pytest
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from mcp_voice.server import fetching
from mcp_voice.server.fetching import LARGEST, Unfetched, fetch_json
from testkit.client_tools import at_loopback

pytestmark = pytest.mark.anyio

App = Callable[[Scope, Receive, Send], Awaitable[None]]


async def _endless(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": b" " * 65_536, "more_body": True})
        await anyio.lowlevel.checkpoint()


async def _trickling(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": b" ", "more_body": True})
        await anyio.sleep(0.05)


async def _silent(_scope: Scope, _receive: Receive, _send: Send) -> None:
    await anyio.sleep_forever()


BOMB = gzip.compress(b'{"keys": "' + b" " * 10_000_000 + b'"}')
ANSWERS: dict[str, tuple[App, str]] = {
    "endless": (_endless, f"more than {LARGEST} bytes"),
    "a byte now and then": (_trickling, "no answer within"),
    "nothing": (_silent, "Timeout|no answer within"),
    "compressed, a thousand times as large": (Response(BOMB, headers={"Content-Encoding": "gzip"}), "not JSON"),
    "elsewhere": (RedirectResponse("http://169.254.169.254/latest/meta-data"), "status 307"),
    "a failure": (JSONResponse({"keys": []}, 500), "status 500"),
    "a page": (Response("<html>"), "not JSON"),
    "a list": (JSONResponse([1]), "not a JSON object"),
    "nested thousands of times": (Response("[" * 100_000), "not JSON"),
    "no text": (Response(b"\xff\xfe\x00"), "not JSON"),
}


@pytest.mark.parametrize("what", ANSWERS)
async def test_what_is_no_document_is_not_fetched(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing of it is said again."""
    monkeypatch.setattr(fetching, "SECONDS", 1.0)
    app, why = ANSWERS[what]
    async with at_loopback(app) as url:
        with anyio.fail_after(10), pytest.raises(Unfetched, match=why):
            await fetch_json(f"{url}/keys")


async def test_a_document_is_fetched_and_an_address_where_nobody_is_has_none() -> None:
    """Nor has one that is no address."""
    async with at_loopback(JSONResponse({"keys": []})) as url:
        assert await fetch_json(f"{url}/keys") == {"keys": []}
    with pytest.raises(Unfetched, match="ConnectError"):
        await fetch_json(f"{url}/keys")
    with pytest.raises(Unfetched):
        await fetch_json("http://[")
