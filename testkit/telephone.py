"""A phone behind the seam, and what is asked of it."""

from __future__ import annotations

import time
from dataclasses import replace

from mcp_voice.link import SegmentRead, SpeechStarted, SpeechStopped, Words
from mcp_voice.participants import Participant
from mcp_voice.results import Answer
from mcp_voice.voice import Voice
from testkit.fake_link import FakeEngine, FakeLink
from testkit.reporting import unreported
from testkit.waiting import until

__all__ = ["CALLER", "ENDED", "LIMIT", "QUESTION", "RINGS", "answer_of", "asked", "questions", "says"]

LIMIT = 20.0
QUESTION = "Shall we deploy?"
CALLER = Participant("caller", "Caller", "phone", "active")
RINGS = replace(CALLER, call="ringing")
ENDED = replace(CALLER, call="ended")


async def asked(running: Voice, engine: FakeEngine, **more: object) -> tuple[Answer, FakeLink]:
    """Ask without waiting for the answer, and give the room."""
    answer = await running.ask_in_room(QUESTION, room_name="kitchen", wait_seconds=0, report=unreported, **more)  # type: ignore[arg-type]
    return answer, engine.links[0]


async def answer_of(running: Voice, ask: Answer) -> Answer:
    """Wait for it."""
    return await running.wait_for_reply(ask.ask_id, wait_seconds=LIMIT, report=unreported)


async def questions(link: FakeLink, count: int = 1) -> None:
    """Wait until so many sentences sound, and what is said then is taken for an answer to the last of them."""
    await until(
        lambda: len(link.playouts) >= count and all(each.listened_for for each in link.playouts[:count]), limit=LIMIT
    )


def says(link: FakeLink, text: str, *, began: float | None = None, seconds: float = 0.01) -> None:
    """A segment of speech on the phone that has just been read."""
    began = time.monotonic() if began is None else began
    link.hear(
        SpeechStarted("caller", began),
        SpeechStopped("caller", began + seconds),
        Words("caller", text, final=True, at=began + seconds),
        SegmentRead("caller", began + seconds),
    )
