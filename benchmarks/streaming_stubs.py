"""Stub models that stream as cloud models do, in the process of ``benchmarks.models``: each answer comes bit by bit.

The recogniser tells words while they are spoken and the final ones a fixed time after the end of the speech
(``testkit/streaming_ears.py``). The language model's first token and the voice's first sound take a fixed time, what
follows comes as fast as such models give it.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable, Iterator

import anyio
from starlette.responses import Response, StreamingResponse

from benchmarks.child import tell
from testkit.chat_model import text_of
from testkit.deepgram_server import Heard
from testkit.openai_server import Asked, Endpoint

__all__ = ["StreamedAnswers", "sounds", "tell_heard", "tokens"]

TOKEN_SECONDS = 0.01
"""A hundred tokens a second."""
SOUND_SECONDS, SOUND_EVERY = 0.04, 0.01
"""A voice that is four times as fast as it speaks."""
BYTES_PER_SECOND = 48_000
"""Of the voice: 24 kHz, 16 bits."""


def tokens(body: bytes) -> Iterator[bytes]:
    """The server-sent events of an answer, a word at a time; what is no word comes with the one before or after it."""
    first, *words = re.split(rb"(?<=\n\n)(?=data: [^\n]*\"content\": \"[^\"])", body)
    yield from [first + words[0], *words[1:]] if words else [first]


def sounds(body: bytes) -> Iterator[bytes]:
    """Samples in pieces of the same length."""
    size = round(SOUND_SECONDS * BYTES_PER_SECOND)
    for start in range(0, len(body), size):
        yield body[start : start + size]


class StreamedAnswers(Endpoint):
    """Gives the first piece of an answer after ``delay``, and tells of each call."""

    def __init__(self, part: str, delay: float, pieces: Callable[[bytes], Iterator[bytes]], every: float) -> None:
        super().__init__()
        self._part = part
        self.delay = delay
        self._pieces = pieces
        self._every = every

    async def answer(self, asked: Asked, answer: Callable[[], tuple[bytes, str]], closing: anyio.Event) -> Response:
        """Answer bit by bit."""
        asked_at = time.monotonic()
        body, media_type = answer()
        said = [text_of(message) for message in asked.messages if message["role"] == "user"]

        async def stream() -> AsyncIterator[bytes]:
            begins_at = asked_at + self.delay
            for index, piece in enumerate(self._pieces(body)):
                with anyio.move_on_after(begins_at + index * self._every - time.monotonic()):
                    await closing.wait()
                if not index:
                    text = said[-1] if said else asked.text
                    tell(part=self._part, asked_at=asked_at, ended_at=time.monotonic(), text=text)
                yield piece

        return StreamingResponse(stream(), media_type=media_type)


def tell_heard(heard: Heard) -> None:
    """Tell of final words as of a call."""
    tell(part="stt", asked_at=heard.heard_at, ended_at=heard.told_at, text=heard.text)
