"""What can be wrong with an HTTP provider: one function for each fault, to be switched on while a server runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import anyio
from starlette.responses import JSONResponse, Response, StreamingResponse

__all__ = [
    "Answer",
    "Fault",
    "Faulty",
    "delayed",
    "dropped",
    "empty",
    "garbage",
    "hung",
    "instead",
    "redirecting",
    "redirecting_once",
    "repeated",
    "status",
    "trickling",
    "wrong_type",
]

GARBAGE = bytes(range(251, 256)) * 200
DROPPED_BYTES = 4_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server would have said; ``closing`` is set when it stops."""

    body: bytes
    media_type: str
    closing: anyio.Event


Fault = Callable[[Answer], Awaitable[Response]]


class Faulty:
    """Something of a server that can be wrong."""

    def __init__(self) -> None:
        self.fault: Fault | None = None

    @contextmanager
    def failing(self, fault: Fault) -> Iterator[None]:
        """Have a fault for as long as the block lasts."""
        self.fault = fault
        try:
            yield
        finally:
            self.fault = None


def status(code: int) -> Fault:
    """Answer with an HTTP status and an error in OpenAI's form: 401 wrong key, 429 too many requests, 500 broken."""

    async def answer(_: Answer) -> Response:
        error = {"message": f"Injected fault {code}.", "type": "injected", "param": None, "code": str(code)}
        return JSONResponse({"error": error}, status_code=code)

    return answer


async def garbage(answer: Answer) -> Response:
    """Bytes that are nothing, under the right content type."""
    return Response(GARBAGE, media_type=answer.media_type)


async def empty(answer: Answer) -> Response:
    """A body without a byte: no audio, no text."""
    return Response(b"", media_type=answer.media_type)


async def wrong_type(_: Answer) -> Response:
    """A web page, as a proxy or a wrong URL gives."""
    return Response(b"<html><body>It works!</body></html>", media_type="text/html")


async def hung(answer: Answer) -> Response:
    """No answer, until the server stops."""
    await answer.closing.wait()
    return Response(status_code=503)


def delayed(seconds: float) -> Fault:
    """The right answer, late."""

    async def answer(asked: Answer) -> Response:
        with anyio.move_on_after(seconds):
            await asked.closing.wait()
        return Response(asked.body, media_type=asked.media_type)

    return answer


async def dropped(answer: Answer) -> Response:
    """The connection breaks in the middle of the body."""

    async def part() -> AsyncIterator[bytes]:
        yield answer.body[: min(DROPPED_BYTES, len(answer.body) // 2)]

    # Less than was announced: the HTTP server has to break the connection off.
    return StreamingResponse(part(), media_type=answer.media_type, headers={"content-length": str(len(answer.body))})


def instead(body: bytes, media_type: str) -> Fault:
    """Something else in the place of what was asked for."""

    async def answer(_: Answer) -> Response:
        return Response(body, media_type=media_type)

    return answer


def repeated(part: bytes, times: int, *, media_type: str, before: bytes = b"", after: bytes = b"") -> Fault:
    """A body that is too large to be made at once."""

    async def parts() -> AsyncIterator[bytes]:
        yield before
        for _ in range(times):
            yield part
        yield after

    async def answer(_: Answer) -> Response:
        return StreamingResponse(parts(), media_type=media_type)

    return answer


def trickling(part: bytes, *, seconds: float, before: bytes = b"") -> Fault:
    """A body of which a little comes now and then, until the server stops."""

    async def answer(asked: Answer) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield before
            while not asked.closing.is_set():
                yield part
                with anyio.move_on_after(seconds):
                    await asked.closing.wait()

        return StreamingResponse(parts(), media_type=asked.media_type)

    return answer


def redirecting(url: str) -> Fault:
    """Go there, with the same body and method."""

    async def answer(_: Answer) -> Response:
        return Response(status_code=307, headers={"location": url})

    return answer


def redirecting_once(url: str) -> Fault:
    """Go there, and it is answered."""
    gone = anyio.Event()

    async def answer(asked: Answer) -> Response:
        if gone.is_set():
            return Response(asked.body, media_type=asked.media_type)
        gone.set()
        return Response(status_code=307, headers={"location": url})

    return answer
