"""Situations of calls, each played against a voice and the fake room that it is in; gives what the calls returned."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from mcp_voice.errors import TTSError
from mcp_voice.link import SegmentRead, SpeechStarted, SpeechStopped, Typed, Words
from mcp_voice.results import Answer
from mcp_voice.tasks import owned_tasks
from mcp_voice.voice import Voice
from testkit.fake_link import ALICE, BOB, FakeEngine, FakeLink
from testkit.waiting import until

__all__ = ["SITUATIONS", "Situation", "no_time_left"]

LIMIT = 10.0
QUESTION = "Ship it?"
Situation = Callable[[Voice, FakeEngine], Awaitable[Any]]


class Reports(list[str]):
    """What a call reported, each line once."""

    async def __call__(self, line: str) -> None:
        """Note it."""
        if line not in self:
            self.append(line)


async def speaking(engine: FakeEngine, number: int = 0) -> FakeLink:
    """The link, once so many sentences have sounded, and the answer to the last of them is listened for."""
    await until(
        lambda: (
            engine.links and len(engine.links[0].playouts) > number and engine.links[0].playouts[number].listened_for
        ),
        limit=LIMIT,
    )
    return engine.links[0]


async def asked(voice: Voice, engine: FakeEngine, **arguments: Any) -> tuple[Answer, FakeLink]:
    """A question that only waits for its answer."""
    pending = await voice.ask_in_room(QUESTION, "kitchen", wait_seconds=0, **arguments)
    link = await speaking(engine)
    link.playouts[-1].finish()
    while pending.waiting_for != "reply" or not pending.spoken:
        pending = await voice.wait_for_reply(pending.ask_id, 0.05)
    return pending, link


def types(link: FakeLink, text: str, who: str = "alice") -> None:
    """Somebody types."""
    link.hear(Typed(who, text, time.monotonic()))


async def answered(voice: Voice, engine: FakeEngine) -> Any:
    """With a choice that is named."""
    pending, link = await asked(voice, engine, choices=["yes", "no"])
    types(link, "yes")
    return pending, await voice.wait_for_reply(pending.ask_id, LIMIT)


async def answered_within_the_call(voice: Voice, engine: FakeEngine) -> Any:
    """As most are."""
    reports, found = Reports(), []

    async def ask() -> None:
        found.append(await voice.ask_in_room(QUESTION, wait_seconds=LIMIT, report=reports))

    async with owned_tasks() as tasks:
        tasks.start_soon(ask)
        link = await speaking(engine)
        await until(lambda: "speaking the question" in reports, limit=LIMIT)
        link.playouts[-1].finish()
        await until(lambda: "listening" in reports, limit=LIMIT)
        types(link, "Not yet.")
    return found, [line for line in reports if not line.startswith("joining")]  # which may be too brief to be told


async def queued(voice: Voice, engine: FakeEngine) -> Any:
    """Behind another question of ours, and as the next one then."""
    first, link = await asked(voice, engine)
    second = await voice.ask_in_room("And when?", "kitchen", wait_seconds=0)
    types(link, "Yes.")
    one = await voice.wait_for_reply(first.ask_id, LIMIT)
    (await speaking(engine, 1)).playouts[-1].finish()
    await until(lambda: voice.wait_for_reply(second.ask_id, 0.05), limit=LIMIT)
    types(link, "Tomorrow.")
    return second, one, await voice.wait_for_reply(second.ask_id, LIMIT)


async def behind_another_agent(voice: Voice, engine: FakeEngine) -> Any:
    """Which has the floor."""
    engine.foreign_floor = "companion"
    return await voice.ask_in_room(QUESTION, "kitchen", wait_seconds=0)


async def nobody_there(voice: Voice, engine: FakeEngine) -> Any:
    """Where that is an error."""
    engine.people["kitchen"] = []
    return await voice.ask_in_room(QUESTION, "kitchen", wait_seconds=0)


async def nobody_of_that_name(voice: Voice, engine: FakeEngine) -> Any:
    """Others are."""
    return await voice.ask_in_room(QUESTION, "kitchen", participant="zoe", wait_seconds=0)


async def no_such_ask(voice: Voice, engine: FakeEngine) -> Any:
    """With those that there are."""
    await asked(voice, engine)
    return await voice.wait_for_reply("ask-none")


async def left(voice: Voice, engine: FakeEngine) -> Any:
    """Before the answer."""
    pending, link = await asked(voice, engine)
    link.leaves(ALICE)
    link.leaves(BOB)
    return await voice.wait_for_reply(pending.ask_id, LIMIT)


async def withdrawn(voice: Voice, engine: FakeEngine) -> Any:
    """And looked for afterwards, and withdrawn again."""
    pending, _ = await asked(voice, engine)
    cancelled = await voice.cancel_ask(pending.ask_id)
    return cancelled, await voice.wait_for_reply(pending.ask_id), await voice.cancel_ask(pending.ask_id)


async def spoken_over(voice: Voice, engine: FakeEngine) -> Any:
    """In the middle of the question."""
    pending = await voice.ask_in_room(QUESTION, "kitchen", wait_seconds=0)
    link = await speaking(engine)
    types(link, "Yes, yes!")
    return await voice.wait_for_reply(pending.ask_id, LIMIT)


async def said_before_and_after(voice: Voice, engine: FakeEngine) -> Any:
    """What nobody asked for stands beside the next result, once."""
    pending, link = await asked(voice, engine, participant="alice")
    types(link, "I am Bob.", "bob")
    await until(lambda: bool(voice.transcript("kitchen")[1:]), limit=LIMIT)
    types(link, "Yes.")
    answer = await voice.wait_for_reply(pending.ask_id, LIMIT)
    types(link, "One more thing.")
    await until(lambda: bool(voice.transcript("kitchen")[3:]), limit=LIMIT)
    listed = await voice.list_rooms()
    return answer, listed, await voice.wait_for_reply(pending.ask_id), await voice.wait_for_reply(pending.ask_id)


async def more_than_a_result_holds(voice: Voice, engine: FakeEngine) -> Any:
    """The rest is listened for."""
    pending, link = await asked(voice, engine)
    types(link, "word " * 3900)
    answer = await voice.wait_for_reply(pending.ask_id, LIMIT)
    return answer, await voice.listen_in_room("kitchen", wait_seconds=0)


async def a_voice_that_fails(voice: Voice, engine: FakeEngine) -> Any:
    """With the same error each time."""
    engine.tts_fault = TTSError("No voice.", fix="Try again.", code="no-audio")
    return await voice.ask_in_room(QUESTION, "kitchen", wait_seconds=LIMIT)


async def asked_twice(voice: Voice, engine: FakeEngine) -> Any:
    """It is one question."""
    one, _ = await asked(voice, engine)
    two = await voice.ask_in_room("Ship it", "kitchen", wait_seconds=0)
    return one, two


async def no_time_left(voice: Voice, engine: FakeEngine) -> Any:
    """Nobody answers."""
    pending, _ = await asked(voice, engine)
    ended = await voice.wait_for_reply(pending.ask_id, LIMIT)
    return ended.model_copy(update={"next": re.sub(r"\d+ s", "N s", ended.next)})


async def said(voice: Voice, engine: FakeEngine) -> Any:
    """To its end, and with what it reports."""
    reports, found = Reports(), []

    async def say() -> None:
        found.append(await voice.say_in_room("Done.", "kitchen", report=reports))

    async with owned_tasks() as tasks:
        tasks.start_soon(say)
        link = await speaking(engine)
        await until(lambda: "speaking" in reports, limit=LIMIT)
        link.playouts[-1].finish()
    return found, [line for line in reports if not line.startswith("joining")]  # which may be too brief to be told


async def not_said(voice: Voice, engine: FakeEngine) -> Any:
    """Somebody else has the floor."""
    engine.foreign_floor = "companion"
    return await voice.say_in_room("Done.", "kitchen", wait_seconds=1)


async def listened(voice: Voice, engine: FakeEngine) -> Any:
    """To nobody, and to somebody, whose words are returned once."""
    silent = await voice.listen_in_room("kitchen", wait_seconds=0.2)
    types(engine.links[0], "Hello.")
    heard = await voice.listen_in_room("kitchen", wait_seconds=LIMIT)
    return silent, heard, await voice.listen_in_room("kitchen", wait_seconds=0)


async def sent(voice: Voice, engine: FakeEngine) -> Any:
    """As data, and as chat."""
    data = await voice.send_message_to_room("a link", "kitchen", ["alice"], topic="t")
    chat = await voice.send_message_to_room("a link", "kitchen", as_chat=True)
    return data, chat, [each for each in engine.log if each.startswith("send")]


async def spoken_words(voice: Voice, engine: FakeEngine) -> Any:
    """As they come, and the transcript of it all."""
    pending, link = await asked(voice, engine)
    now = time.monotonic()
    link.hear(SpeechStarted("alice", now), Words("alice", "well yes", final=False, at=now))
    half = pending
    while not half.heard_so_far:
        half = await voice.wait_for_reply(pending.ask_id, 0.05)
    now = time.monotonic()
    link.hear(Words("alice", "well yes, do it.", final=True, at=now), SpeechStopped("alice", now))
    link.hear(SegmentRead("alice", now))
    answer = await voice.wait_for_reply(pending.ask_id, LIMIT)
    lines = [(each.identity, each.channel, each.text) for each in await voice.read_transcript("kitchen")]
    return half, answer, lines, await voice.rooms_entered()


async def no_transcript(voice: Voice, engine: FakeEngine) -> Any:
    """Nobody was ever there."""
    return await voice.read_transcript("cellar")


SITUATIONS: tuple[Situation, ...] = (
    answered,
    answered_within_the_call,
    queued,
    behind_another_agent,
    nobody_there,
    nobody_of_that_name,
    no_such_ask,
    left,
    withdrawn,
    spoken_over,
    said_before_and_after,
    more_than_a_result_holds,
    a_voice_that_fails,
    asked_twice,
    no_time_left,
    said,
    not_said,
    listened,
    sent,
    spoken_words,
    no_transcript,
)
