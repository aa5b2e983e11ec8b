"""What a browser, or anybody else, may send as a body: JSON of a few fields, small, soon."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest

from mcp_voice.page import bodies
from testkit.join_site import OWN, JoinSite

pytestmark = pytest.mark.anyio

JSON = {"origin": OWN, "content-type": "application/json"}
HOSTILE = {
    "nothing": b"",
    "half": b'{"code": "AAAA',
    "no object": b'["AAAAA-AAAAA"]',
    "a number": b"1",
    "deep": b"[" * 8_000,
    "deep inside": b'{"code": ' + b"[" * 4_000 + b"]" * 4_000 + b"}",
    "no text": b'{"code": "\xff\xfe"}',
    "surrogate": b'{"code": "\\ud800"}',
    "surrogate in a name": b'{"code": "AAAAA-AAAAA", "name": "\\udfff"}',
    "another type": b'{"code": 12345}',
    "null": b'{"code": null}',
    "missing": b"{}",
    "another field": b'{"code": "AAAAA-AAAAA", "room_name": "hall"}',
    "long code": b'{"code": "' + b"A" * 100 + b'"}',
    "long name": b'{"code": "AAAAA-AAAAA", "name": "' + b"n" * 1_000 + b'"}',
    "huge number": b'{"code": ' + b"9" * 5_000 + b"}",
    "utf-16": '{"code": "AAAAA-AAAAA", "x": 1}'.encode("utf-16"),
}


async def posted(site: JoinSite, content: bytes | AsyncIterator[bytes], **headers: str) -> tuple[int, str]:
    """Status and code of what comes back."""
    response = await site.browser.post("/api/join", content=content, headers={**JSON, **headers})
    assert response.headers["connection"] == "close"
    return response.status_code, response.json()["error"]["code"]


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
async def test_a_body_that_is_no_such_object_is_refused_and_uses_nothing_up(site: JoinSite, content: bytes) -> None:
    """Whatever it is; nothing of it is said back."""
    assert await posted(site, content) == (400, "bad-body")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_a_form_of_another_site_is_no_json(site: JoinSite, kind: str) -> None:
    """A browser sends such types across origins without asking first."""
    assert await posted(site, b'{"code": "AAAAA-AAAAA"}', **{"content-type": kind}) == (415, "not-json")


async def test_a_body_of_ten_megabytes_is_not_read(site: JoinSite) -> None:
    """Whether its length is told, is not told, or is a lie."""

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(10_000):
            sent.append(1)
            yield b" " * 1_000

    sent: list[int] = []
    assert await posted(site, b" " * 10_000_000) == (413, "body-too-large")
    assert await posted(site, parts()) == (413, "body-too-large")
    assert await posted(site, parts(), **{"content-length": "10"}) == (413, "body-too-large")
    assert await posted(site, b"{}", **{"content-length": "-1"}) == (413, "body-too-large")
    assert await posted(site, b"{}", **{"content-length": "9" * 5_000}) == (413, "body-too-large")


async def test_a_body_that_never_ends_is_given_up(site: JoinSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody holds a connection by a byte now and then."""
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.05)
    released = anyio.Event()

    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await released.wait()
        yield b"}"

    with anyio.fail_after(20):
        try:
            assert await posted(site, never()) == (408, "body-late")
        finally:
            released.set()


async def test_a_field_of_the_wrong_type_is_named_and_one_that_is_unknown_is_not(site: JoinSite) -> None:
    """Our names are for whoever writes a client; theirs may be anything."""
    response = await site.browser.post("/api/join", content=b'{"code": 1, "<evil>": 2}', headers=JSON)
    message = response.json()["error"]["message"]
    assert "code: must be text" in message
    assert "evil" not in message
