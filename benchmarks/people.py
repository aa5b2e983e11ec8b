"""The humans of many rooms, a few in each process: livekit's SDK hands every frame of every room to every stream.

Each waits for a question, hears it out and gives the next of its answers, without being told to.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import anyio

from benchmarks.child import Told, child, first_line, tell, until_closed
from benchmarks.exchange import QUIET_SECONDS
from benchmarks.sentences import Sentence, interrupted_sentences, whole_answers, yes_and_no
from benchmarks.stage import Stage
from mcp_voice.people.human import human
from mcp_voice.tasks import owned_tasks

__all__ = ["Crowd", "Heard", "Microphone", "people"]

Microphone = Literal["open", "muted", "none"]

TOGETHER = 5
"""Humans in one process."""
JOIN_SECONDS = 60.0
SPEAK_SECONDS = 5.0
"""How long the end of an answer may come after the result, when that came too soon."""
PATIENCE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Heard:
    """A question that was answered: instants in ``time.monotonic()`` seconds, and what the human said."""

    sounded_at: float
    ended_at: float
    said: str


@dataclass(slots=True)
class Crowd:
    """All humans, by the names of their rooms."""

    heard: dict[str, list[Heard]] = field(default_factory=dict)
    """The questions that were answered so far."""
    _joined: int = 0
    _changed: anyio.Event = field(default_factory=anyio.Event)

    async def joined(self, count: int) -> None:
        """Wait until that many are in their rooms; raises TimeoutError."""
        with anyio.fail_after(JOIN_SECONDS):
            while self._joined < count:
                await self._changed.wait()

    async def next(self, room: str, since: float) -> Heard | None:
        """The first question that was heard in a room after an instant; None if its answer is not over in time."""
        with anyio.move_on_after(SPEAK_SECONDS):
            while not (heard := [each for each in self.heard[room] if each.sounded_at > since]):
                await self._changed.wait()
            return heard[0]
        return None

    def take(self, told: Told) -> None:
        """Take what one of the processes tells."""
        if "joined" in told:
            self._joined += 1
            self.heard[told["joined"]] = []
        else:
            self.heard[told.pop("room")].append(Heard(**told))
        self._changed.set()
        self._changed = anyio.Event()


@asynccontextmanager
async def people(
    stage: Stage, answers: Mapping[str, Sequence[Sentence]], *, microphone: Microphone = "open"
) -> AsyncIterator[Crowd]:
    """Have somebody in each of these rooms, with these answers."""
    crowd = Crowd()
    plans = [
        {
            "token": stage.token(room),
            "room": room,
            "microphone": microphone,
            "says": [[each.voice, each.text] for each in said],
        }
        for room, said in answers.items()
    ]
    async with AsyncExitStack() as stack:
        for start in range(0, len(plans), TOGETHER):
            first = {"url": stage.server.url, "plans": plans[start : start + TOGETHER]}
            await stack.enter_async_context(child("benchmarks.people", stage.folder, crowd.take, first=first))
        await crowd.joined(len(plans))
        yield crowd


async def _play(url: str, plan: dict[str, Any], known: dict[tuple[str, str], Sentence]) -> None:
    async with human(url, plan["token"], plugged_in=plan["microphone"] != "none") as person:
        if plan["microphone"] == "muted":
            person.mute()
        tell(joined=plan["room"])
        for voice, text in plan["says"]:
            sounded_at = await person.hears_sound(limit=PATIENCE_SECONDS)
            await person.hears_silence(quiet=QUIET_SECONDS, limit=PATIENCE_SECONDS)
            spoken = await person.speak_all(*known[voice, text].sounds())
            tell(room=plan["room"], sounded_at=sounded_at, ended_at=spoken.ended_at, said=text)
        await anyio.sleep_forever()


async def _serve() -> None:
    told = first_line()
    sentences = [*whole_answers(), *interrupted_sentences(), *yes_and_no()]
    known = {(sentence.voice, sentence.text): sentence for sentence in sentences}
    async with owned_tasks() as tasks:
        for plan in told["plans"]:
            tasks.start_soon(_play, told["url"], plan, known)
        await until_closed()
        tasks.cancel_scope.cancel()


if __name__ == "__main__":
    anyio.run(_serve)
