"""Stub models in a process of their own: the tests' OpenAI-compatible server, which answers at once.

Its voice is a sound for each character, its recogniser looks the audio up among the known clips (2 to 6 ms), so the
words that come back are those that arrived. Each call is told on stdout with its instants (``time.monotonic()``).
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from benchmarks.child import Told, child, tell, until_closed
from benchmarks.sentences import load_sentences
from mcp_voice.pcm import Pcm
from tests.support.babble import babble
from tests.support.openai_server import openai_server

__all__ = ["Heard", "Models", "models"]

START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Heard:
    """One transcription: when the audio was there, and when its words were; ``time.monotonic()`` seconds."""

    asked_at: float
    ended_at: float
    text: str


@dataclass(slots=True)
class Models:
    """The models while they run."""

    base_url: str = ""
    heard: list[Heard] = field(default_factory=list)
    """Every transcription so far."""
    _up: anyio.Event = field(default_factory=anyio.Event)

    async def up(self) -> None:
        """Wait until they answer."""
        with anyio.fail_after(START_SECONDS):
            await self._up.wait()

    def take(self, told: Told) -> None:
        """Take what the process tells."""
        if "base_url" in told:
            self.base_url = told["base_url"]
            self._up.set()
        else:
            self.heard.append(Heard(**told))

    def last_within(self, start: float, end: float) -> Heard | None:
        """The last transcription between two instants."""
        within = [each for each in self.heard if each.asked_at >= start and each.ended_at <= end]
        return within[-1] if within else None


@asynccontextmanager
async def models(folder: Path) -> AsyncIterator[Models]:
    """Run them for as long as the block lasts."""
    running = Models()
    async with child("benchmarks.models", folder, running.take):
        await running.up()
        yield running


async def _serve() -> None:
    async with openai_server() as server:
        for sentence in load_sentences():
            for text, sound in (*sentence.parts, (sentence.text, sentence.whole)):
                server.match.learn(text, sound)
        look_up = server.transcribe

        def transcribe(pcm: Pcm, prompt: str, language: str) -> str:
            asked_at = time.monotonic()
            text = look_up(pcm, prompt, language)
            tell(asked_at=asked_at, ended_at=time.monotonic(), text=text)
            return text

        server.transcribe = transcribe
        server.speak = babble
        tell(base_url=server.base_url)
        await until_closed()


if __name__ == "__main__":
    anyio.run(_serve)
