"""What a server writes to its stderr: its last lines say why it ended, all else is for whoever debugs it.

Servers write down what they are called with, and that is what humans say: from the first call on nothing of it is kept,
unless it may be logged.
"""

from __future__ import annotations

import logging
import os
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TextIO

import anyio

from mcp_voice.redaction import without_values
from mcp_voice.tasks import owned_tasks

__all__ = ["ServerWords", "listening"]

log = logging.getLogger(__name__)

PIECE = 4096
LONGEST_LINE = 200
"""Characters of a line; the rest of it is passed over."""
LOOKED_AT = 8192
"""Characters of a line in which secrets are looked for, before it is cut."""
KEPT_LINES = 8
"""npm and uv end with where their log is, or with a hint; the cause is above that."""


class ServerWords:
    """The last lines that a server has written, without its secrets.

    Args:
        name: The server's.
        secrets: What must reach no log.
        speech: Whether what people say may be logged (``MCP_VOICE_LOG_SPEECH``).
    """

    def __init__(self, name: str, secrets: Sequence[str], *, speech: bool = False) -> None:
        self._name = name
        self._speech = speech
        self._longest_secret = max(map(len, secrets), default=0)
        self.withheld = False
        """Whether its words are passed over."""
        self._redacted: Callable[[str], str] = without_values(secrets)
        self._open = ""
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self.ended = anyio.Event()
        """Set once nobody can write any more."""

    @property
    def text(self) -> str:
        """They, in one line."""
        return " / ".join(dict.fromkeys(self._lines))

    def take(self, piece: str) -> None:
        """Take what was written next."""
        *lines, self._open = (self._open + piece).split("\n")
        self._open = self._open[: LOOKED_AT + 1]
        for each in lines:
            self._keep(each)

    def withhold(self) -> None:
        """Keep nothing any more, where it may be what somebody said: it is about to be called."""
        if not self._speech and not self.withheld:
            self.withheld = True
            self._lines.clear()

    def end(self) -> None:
        """Nothing more comes."""
        self._keep(self._open)
        self.ended.set()

    def _keep(self, line: str) -> None:
        if self.withheld:
            return
        text = self._redacted(line[:LOOKED_AT])
        if len(line) > LOOKED_AT:
            # The beginning of a secret may be left at the cut.
            text = text[: max(0, len(text) - self._longest_secret)]
        if text := text.strip()[:LONGEST_LINE]:
            self._lines.append(text)
            log.debug("the MCP server %s writes: %s", self._name, text)


@asynccontextmanager
async def listening(words: ServerWords) -> AsyncIterator[TextIO]:
    """A file for a server's stderr, read until the block ends; to be closed here as soon as the server has it."""
    if sys.platform == "win32":  # a pipe there cannot be read without a thread of its own
        with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: ASYNC230, PTH123
            yield nowhere
        return
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    errlog = os.fdopen(writing, "w")

    async def read() -> None:
        while True:
            await anyio.wait_readable(reading)
            piece = os.read(reading, PIECE)
            if not piece:
                words.end()
                return
            words.take(piece.decode("utf-8", "replace"))

    try:
        async with owned_tasks() as tasks:
            tasks.start_soon(read)
            yield errlog
            tasks.cancel_scope.cancel()
    finally:
        errlog.close()
        os.close(reading)
