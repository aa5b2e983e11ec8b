"""One question and its answer, at full length: asked through MCP, heard and answered through WebRTC, timed outside."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import anyio

from mcp_voice.audio import Pcm
from mcp_voice.people.human import Human, SpeechTimes
from mcp_voice.results import Answer
from mcp_voice.tasks import owned_tasks
from testkit.host import Host, ToolFault

__all__ = ["Exchange", "ask_and_answer", "holds_words", "same_words", "what_followed"]

LOST_SECONDS = 20.0
"""An exchange takes 3 to 8 s; one that is not over by then never will be."""
LISTEN_SECONDS = 8.0
AGAIN_SECONDS = 1.0
"""For another turn, once one was given."""
QUIET_SECONDS = 0.35
"""Silence after which the human takes the question for asked."""
QUESTION = "Which one?"


@dataclass(slots=True)
class Exchange:
    """Instants are ``time.monotonic()`` seconds at the human's ear and mouth, and at the MCP client."""

    called_at: float
    sounded_at: float | None = None
    """First sound of the question."""
    silent_at: float | None = None
    """Last sound of the question."""
    spoken: SpeechTimes | None = None
    """First and last voiced sample of the answer."""
    answer: Answer | None = None
    """The result; None when question or answer was lost."""
    ended_at: float | None = None
    """The client has the result."""

    @property
    def first_sound_ms(self) -> float | None:
        """Call → first sound at the human's ear."""
        return _ms(self.called_at, self.sounded_at)

    @property
    def reply_ms(self) -> float | None:
        """Last voiced sample played → result at the client."""
        return _ms(self.spoken.ended_at if self.spoken else None, self.ended_at)

    @property
    def silence_ms(self) -> float | None:
        """First voiced sample of the human, who speaks over the question → last sound of it at their ear."""
        return _ms(self.spoken.started_at if self.spoken else None, self.silent_at)

    @property
    def cut(self) -> bool:
        """Whether the result came before the human was done."""
        return self.ended_at is not None and self.spoken is not None and self.ended_at < self.spoken.ended_at

    @property
    def reply(self) -> str | None:
        """What came back."""
        return self.answer.reply if self.answer else None

    def right(self, text: str) -> bool:
        """Whether that is what came back."""
        return self.reply is not None and same_words(self.reply, text)


async def ask_and_answer(  # noqa: PLR0913  # what is asked, and how it is answered
    host: Host,
    person: Human,
    room_name: str,
    sounds: Sequence[Pcm | float],
    *,
    question: str = QUESTION,
    choices: Sequence[str] = (),
    open_ended: bool = False,
    over_after: float | None = None,
    limit: float = LOST_SECONDS,
) -> Exchange:
    """Ask in a room and have the human answer: when the question is over, or ``over_after`` seconds after it began.

    An exchange that is not over after ``limit`` seconds is taken for lost.
    """
    done = Exchange(time.monotonic())

    async def respond() -> None:
        # By itself: where the call is late as well, the two are a group of errors.
        with suppress(TimeoutError):
            done.sounded_at = await person.hears_sound(limit=limit)
            if over_after is None:
                await person.hears_silence(quiet=QUIET_SECONDS, limit=limit)
            else:
                await anyio.sleep(max(0.0, done.sounded_at + over_after - time.monotonic()))
            done.spoken = await person.speak_all(*sounds)

    with suppress(TimeoutError, ToolFault):
        async with owned_tasks() as tasks:
            tasks.start_soon(respond)
            with anyio.fail_after(limit):
                wanted: dict[str, Any] = (
                    {"open_ended": True} if open_ended else {}
                )  # the naive server knows no such thing
                done.answer = await host.ask(question, room_name=room_name, choices=list(choices), **wanted)
            done.ended_at = time.monotonic()
    if done.sounded_at is not None:
        heard = [sound.ended_at for sound in person.heard.sounds if sound.ended_at >= done.sounded_at]
        done.silent_at = max(heard, default=None)
    return done


async def what_followed(host: Host, room_name: str) -> str:
    """What the human said after an answer that was cut, in however many turns."""
    heard: list[str] = []
    with suppress(ToolFault):
        with anyio.move_on_after(2 * LISTEN_SECONDS):
            while reply := (
                await host.listen(room_name, wait_seconds=AGAIN_SECONDS if heard else LISTEN_SECONDS)
            ).reply:
                heard.append(reply)
    return " ".join(heard)


def same_words(heard: str, said: str) -> bool:
    """Whether these are the same words, whatever their punctuation and capitals."""
    return _words(heard) == _words(said)


def holds_words(heard: str, said: str) -> bool:
    """Whether all words that were said are there, in their order; others may be between them."""
    left = iter(_words(heard))
    return all(word in left for word in _words(said))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def _ms(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else round((end - start) * 1000, 1)
