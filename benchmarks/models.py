"""Stub models in a process of their own: the tests' OpenAI-compatible server, which answers at once or after a delay.

Its voice is a sound for each character, its recogniser looks the audio up among the known clips (2 to 6 ms), so the
words that come back are those that arrived. Each call is told on stdout with its instants (``time.monotonic()``).
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import anyio
from starlette.responses import Response

from benchmarks.child import Told, child, first_line, tell, until_closed
from benchmarks.sentences import load_sentences
from benchmarks.streaming_stubs import SOUND_EVERY, TOKEN_SECONDS, StreamedAnswers, sounds, tell_heard, tokens
from testkit.babble import babble
from testkit.chat_model import text_of
from testkit.clip_match import ClipMatch
from testkit.deepgram_server import deepgram_server
from testkit.openai_server import Asked, Endpoint, openai_server

__all__ = ["Call", "Delays", "Models", "models", "teach"]

START_SECONDS = 30.0
REPLY = "I see."
"""All that the language model ever says."""
Part = Literal["stt", "llm", "tts"]


@dataclass(frozen=True, slots=True)
class Delays:
    """What each answer of a model takes, in seconds: all of it comes at once then, or its first part if they stream."""

    stt: float = 0.0
    llm: float = 0.0
    tts: float = 0.0
    streaming: bool = False

    @property
    def total(self) -> float:
        """One after the other."""
        return self.stt + self.llm + self.tts


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a model: when it was asked, and when it answered, in ``time.monotonic()`` seconds.

    ``text`` is what was recognised, what the human had said last, or what was spoken. A model that streams answers with
    its first part; a recogniser that does is asked when the last of the speech has arrived.
    """

    part: Part
    asked_at: float
    ended_at: float
    text: str


@dataclass(slots=True)
class Models:
    """The models while they run."""

    base_url: str = ""
    deepgram_url: str = ""
    """Of a recogniser that streams, if they stream."""
    calls: list[Call] = field(default_factory=list)
    """Every call so far, in the order of their answers."""
    _up: anyio.Event = field(default_factory=anyio.Event)

    async def up(self) -> None:
        """Wait until they answer."""
        with anyio.fail_after(START_SECONDS):
            await self._up.wait()

    def take(self, told: Told) -> None:
        """Take what the process tells."""
        if "base_url" in told:
            self.base_url, self.deepgram_url = told["base_url"], told["deepgram_url"]
            self._up.set()
        else:
            self.calls.append(Call(**told))

    def last_within(self, part: Part, start: float, end: float) -> Call | None:
        """The last call of a model that was asked and answered between two instants."""
        within = [each for each in self.calls if each.part == part and each.asked_at >= start and each.ended_at <= end]
        return within[-1] if within else None


@asynccontextmanager
async def models(folder: Path, delays: Delays | None = None) -> AsyncIterator[Models]:
    """Run them for as long as the block lasts."""
    running = Models()
    async with child("benchmarks.models", folder, running.take, first=asdict(delays or Delays())):
        await running.up()
        yield running


class _Timed(Endpoint):
    """Tells of each call."""

    def __init__(self, part: Part, delay: float) -> None:
        super().__init__()
        self._part = part
        self.delay = delay

    async def answer(self, asked: Asked, answer: Callable[[], tuple[bytes, str]], closing: anyio.Event) -> Response:
        """Answer, and say when and about what."""
        asked_at = time.monotonic()
        response = await super().answer(asked, answer, closing)
        tell(part=self._part, asked_at=asked_at, ended_at=time.monotonic(), text=self._about(asked, response))
        return response

    def _about(self, asked: Asked, response: Response) -> str:
        if self._part == "stt":
            return str(json.loads(bytes(response.body))["text"])
        said = [text_of(message) for message in asked.messages if message["role"] == "user"]
        return said[-1] if said else asked.text


def teach(match: ClipMatch) -> None:
    """Have it know the benchmark's own sentences: each part, as before a pause, and the whole, as without one."""
    for sentence in load_sentences():
        for text, sound in sentence.parts:
            match.learn(text, sound)
        match.learn_joined(sentence.parts)


async def _serve() -> None:
    delays = Delays(**first_line())
    async with openai_server() as server:
        teach(server.match)
        server.speak = babble
        server.reply = lambda _: REPLY
        if not delays.streaming:
            server.transcriptions = _Timed("stt", delays.stt)
            server.chat = _Timed("llm", delays.llm)
            server.speech = _Timed("tts", delays.tts)
            tell(base_url=server.base_url, deepgram_url="")
            await until_closed()
            return
        server.chat = StreamedAnswers("llm", delays.llm, tokens, TOKEN_SECONDS)
        server.speech = StreamedAnswers("tts", delays.tts, sounds, SOUND_EVERY)
        async with deepgram_server(server.match.words) as ears:
            ears.on_final = tell_heard
            tell(base_url=server.base_url, deepgram_url=ears.base_url)
            await until_closed()


if __name__ == "__main__":
    anyio.run(_serve)
