"""Bytes from an HTTP server into a file, going on where an earlier try stopped; nothing is trusted of what comes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

import aiohttp
import anyio

from mcp_voice.errors import ModelError
from mcp_voice.models.transport import Limits, Link, NoRanges, Passing, Transport, mismatch

__all__ = ["Span", "download"]

CHUNK = 1 << 16
CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,20})-([0-9]{1,20})/([0-9]{1,20}|\*)")


@dataclass(frozen=True, slots=True)
class Span:
    """Which bytes of what is at an address: ``size`` of them from ``first`` on; the whole file if that is all."""

    size: int
    first: int = 0
    of: int = 0
    """Bytes of the whole file, where the span is a part of it."""

    @property
    def is_part(self) -> bool:
        """Whether it is less than the whole file."""
        return bool(self.of)


async def download(transport: Transport, link: Link, target: Path, span: Span, *, took: Callable[[int], None]) -> None:
    """Have the span in ``target``, which may hold the beginning of it; ``took`` gets the bytes that are there.

    Raises ModelError; NoRanges if a part was wanted of a server that gives the whole only. What is there after an error
    is a beginning to go on from.
    """
    limits, failures = transport.limits, 0
    while True:
        before = _held(target)
        try:
            await _Try(transport, link, target, span, took).make()
        except Passing as fault:
            # A server that gives a little each time is not asked for ever.
            failures = 0 if _held(target) - before >= limits.slow_bytes else failures + 1
            if failures >= limits.attempts:
                raise fault.error from fault.__cause__
            await anyio.sleep(limits.pause_seconds * 2**failures)
        else:
            return


@dataclass(eq=False)
class _Try:
    """One request."""

    transport: Transport
    link: Link
    target: Path
    span: Span
    took: Callable[[int], None]
    have: int = field(default=0, init=False)

    async def make(self) -> None:
        self.have = self._start()
        self.took(self.have)
        if self.have == self.span.size:
            return
        async with self.transport.get(self.link, self._headers()) as answer:
            self._check(answer)
            if not self.have:
                self._tag.write_text(_validator(answer), encoding="utf-8")
            with _opened(self.target, append=bool(self.have)) as file:
                await self._take(answer, file)

    @property
    def _tag(self) -> Path:
        """Beside the file: by what the server knows the version that its beginning is of."""
        return self.target.with_name(f"{self.target.name}.etag")

    def _start(self) -> int:
        """How much is there of what can be gone on with; the rest is removed."""
        have = _held(self.target)
        if have and have <= self.span.size and (have == self.span.size or _read(self._tag)):
            return have
        self._forget()
        return 0

    def _forget(self) -> None:
        for path in (self.target, self._tag):
            path.unlink(missing_ok=True)

    def _headers(self) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}
        if self.have or self.span.is_part:
            first = self.span.first + self.have
            headers["Range"] = f"bytes={first}-{self.span.first + self.span.size - 1}"
        if self.have:
            headers["If-Range"] = _read(self._tag)
        return headers

    def _check(self, answer: aiohttp.ClientResponse) -> None:
        """Whether the answer is what was asked for; else a beginning that does not fit is removed."""
        if answer.status == HTTPStatus.PARTIAL_CONTENT:
            found = CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
            whole = self.span.of or self.span.size
            if found and int(found[1]) == self.span.first + self.have and found[3] in {"*", str(whole)}:
                return
            self._forget()
            raise Passing(mismatch(self.link, "the server sent the wrong part of it, or a file of another length"))
        if answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            self._forget()
            raise Passing(mismatch(self.link, "it is shorter on the server than it should be"))
        if self.span.is_part:
            if not self.have:
                raise NoRanges
            self._forget()
            raise Passing(mismatch(self.link, "it has changed on the server"))
        # The whole, because ranges are not served there or it has changed.
        self.have = 0
        length = answer.content_length
        if length is not None and length != self.span.size:
            self._forget()
            raise mismatch(self.link, f"it has {length} bytes there, not {self.span.size}")

    async def _take(self, answer: aiohttp.ClientResponse, file: BinaryIO) -> None:
        limits = self.transport.limits
        since, counted = anyio.current_time(), self.have
        async for chunk in answer.content.iter_chunked(CHUNK):
            if self.have + len(chunk) > self.span.size:
                self._forget()
                raise mismatch(self.link, f"it has more than {self.span.size} bytes there")
            file.write(chunk)
            self.have += len(chunk)
            self.took(self.have)
            if self.have < self.span.size and anyio.current_time() - since >= limits.slow_seconds:
                if self.have - counted < limits.slow_bytes:
                    raise Passing(_slow(self.link, limits))
                since, counted = anyio.current_time(), self.have
        if self.have < self.span.size:
            raise Passing(
                ModelError(
                    f"{self.link} broke off after {self.have} of {self.span.size} bytes.",
                    fix="Try again: it resumes where it stopped.",
                    code="model-server",
                )
            )


def _slow(link: Link, limits: Limits) -> ModelError:
    return ModelError(
        f"{link} arrived more slowly than {limits.slow_bytes} bytes in {limits.slow_seconds:.0f} s.",
        fix="Try again on a better network: it resumes where it stopped.",
        code="model-late",
    )


def _held(path: Path) -> int:
    """Bytes of a plain file of ours; anything else counts as none, and is removed before it is written to."""
    try:
        return path.stat().st_size if path.is_file() and not path.is_symlink() else 0
    except OSError:
        return 0


def _opened(path: Path, *, append: bool) -> BinaryIO:
    """Open to write, but nothing that a link leads to."""
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags | (os.O_APPEND if append else os.O_TRUNC), 0o600), "wb")


def _validator(answer: aiohttp.ClientResponse) -> str:
    """A strong ETag, else the date of the last change: both may stand in If-Range, if they can be sent at all."""
    tag = answer.headers.get("ETag", "")
    given = tag if tag.startswith('"') else answer.headers.get("Last-Modified", "")
    return given if given.isascii() and given.isprintable() else ""


def _read(path: Path) -> str:
    with suppress(OSError, ValueError):
        return path.read_text(encoding="utf-8")[:1000].strip()
    return ""
