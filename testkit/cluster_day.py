"""Many rooms of a cluster, in each of which somebody is asked one thing after the other, while parts of it are killed.

Nobody says the same twice: a reply tells in which room, and to which question, it was given.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import anyio

from mcp_voice.words.cut_off import cut_off
from testkit.answering import Answering, answering
from testkit.asking import Asker, Asking
from testkit.babble import CHARACTER_SECONDS
from testkit.cluster import Cluster
from testkit.marked_words import MarkedWords
from testkit.waiting import until

__all__ = ["ASKS", "FAULTS", "ROOMS", "Day", "Fault", "day"]

ROOMS = ("purple", "yellow", "silver", "orange", "crimson", "golden", "brown", "turquoise")
ASKS = ("January", "April", "August", "October", "December")
THINGS = (
    "lemons",
    "teapots",
    "ladders",
    "feathers",
    "windmills",
    "umbrellas",
    "candles",
    "kangaroos",
    "hammers",
    "violins",
    "balloons",
    "crocodiles",
    "sandwiches",
    "telescopes",
    "blankets",
    "mushrooms",
    "engines",
    "pyramids",
    "slippers",
    "parrots",
    "buckets",
    "dictionaries",
    "magnets",
    "strawberries",
    "trumpets",
    "elephants",
    "cushions",
    "lanterns",
    "potatoes",
    "helicopters",
    "necklaces",
    "dragons",
    "pencils",
    "submarines",
    "daffodils",
    "mirrors",
    "barrels",
    "cucumbers",
    "saddles",
    "microphones",
)
MARGIN_SECONDS = 1.0
"""Silences of less than 0.3 s count as sound; a question that is spoken a third time sounds for 2.3 s at least."""
Told = Callable[[str, str], None]


@dataclass
class Day:
    """What is asked, by whom, and what came of it."""

    cluster: Cluster
    asker: Asker
    told: Told
    """Who does something, and what."""
    asked: list[Asking] = field(default_factory=list)
    people: dict[str, Answering] = field(default_factory=dict)
    """By the name of their room."""

    @property
    def over(self) -> int:
        """How many questions are."""
        return sum(bool(each.ended_at) for each in self.asked)

    @property
    def sounding(self) -> Asking | None:
        """A question that somebody hears at this moment."""
        now = (each for each in self.asked if not each.ended_at and self.people[each.room_name].hears)
        return next((each for each in now if self.cluster.spoken(each.question)), None)

    def spoken(self, asking: Asking) -> int:
        """How often a question was begun: neither was it heard, nor was its sound made, more often.

        A voice that stalls is heard as two, and a request for its sound may fail and be made again, so either figure
        may be too high. The second is too low where a sound that was kept is heard once more: ``is_too_long`` sees it.
        """
        heard = self.people[asking.room_name].utterances(asking.asked_at, asking.ended_at)
        return min(heard, len(self.cluster.spoken(asking.question)))

    def sounded(self, asking: Asking) -> float:
        """For how many seconds somebody heard whoever asked them that."""
        return self.people[asking.room_name].sounded(asking.asked_at, asking.ended_at)

    def is_too_long(self, asking: Asking) -> bool:
        """Whether more was heard than being asked, and being asked once more after having been cut off, takes."""
        twice = f"{asking.question}{cut_off('en')} {asking.question}"
        return self.sounded(asking) > len(twice) * CHARACTER_SECONDS + MARGIN_SECONDS

    def is_wrong(self, asking: Asking) -> bool:
        """Whether it did not come back with what was said to it, or was asked three times, or not at all."""
        return not asking.is_right or self.spoken(asking) not in (1, 2) or self.is_too_long(asking)

    def wrong(self) -> list[Asking]:
        """Those of which that is so."""
        return [each for each in self.asked if self.is_wrong(each)]


@dataclass(frozen=True)
class Fault:
    """Something that breaks, once so many of all questions (0 to 1) are over."""

    name: str
    after: float
    happens: Callable[[Day], Awaitable[None]]


async def _kill_worker(day: Day) -> None:
    sounding = await until(lambda: day.sounding, limit=math.inf)
    assert sounding is not None
    number = day.cluster.spoken(sounding.question)[-1]
    day.cluster.kill(day.cluster.workers[number])
    day.told("fault", f"kill -9 of worker {number + 1}, which asks in room {sounding.room_name}")


async def _kill_replica(day: Day) -> None:
    await until(lambda: day.asker.waiting[0], limit=math.inf)
    day.cluster.kill(day.cluster.replicas[0])
    day.told("fault", f"kill -9 of replica 1, at which {day.asker.waiting[0]} calls wait")


async def _restart_redis(day: Day) -> None:
    day.told("fault", "kill -9 of Redis")
    await day.cluster.restart_redis()
    day.told("fault", "Redis is back")


async def _restart_livekit(day: Day) -> None:
    # What somebody says while there is no server reaches nobody.
    await until(lambda: day.sounding and not any(each.is_speaking for each in day.people.values()), limit=math.inf)
    day.told("fault", "kill -9 of livekit-server, which knows of no room any more")
    await day.cluster.restart_livekit()
    day.told("fault", "livekit-server is back")


FAULTS = (
    Fault("a worker is killed in mid-question", 0.15, _kill_worker),
    Fault("a replica is killed in mid-wait", 0.4, _kill_replica),
    Fault("Redis is restarted", 0.6, _restart_redis),
    Fault("livekit-server is restarted", 0.8, _restart_livekit),
)


@asynccontextmanager
async def day(
    cluster: Cluster,
    *,
    rooms: int = len(ROOMS),
    asks: Sequence[str] = ASKS,
    faults: Sequence[Fault] = FAULTS,
    at_once: int = 3,
    told: Told = lambda _, __: None,
) -> AsyncIterator[Day]:
    """Ask each room each question, ``at_once`` at a time, and break what is to break; the block has what came of it."""
    running = Day(cluster, Asker(cluster, told), told)
    limiter = anyio.CapacityLimiter(at_once)
    words = MarkedWords([*ROOMS, *THINGS])
    async with AsyncExitStack() as stack:
        stack.enter_context(cluster.rig.speech.reading(lambda sound, _, __: words.heard(sound)))
        plans = [await _plan(running, stack, words, number, asks) for number in range(rooms)]
        async with anyio.create_task_group() as tasks:
            breaking = await _begin(tasks, running, faults, total=rooms * len(asks))
            async with anyio.create_task_group() as asking:
                for number, plan in enumerate(plans):
                    asking.start_soon(_ask, running, plan, number, limiter)
            breaking.cancel()
        yield running


async def _plan(day: Day, stack: AsyncExitStack, words: MarkedWords, number: int, asks: Sequence[str]) -> list[Asking]:
    """Somebody in a room, and what they are to be asked."""
    colour, things = ROOMS[number], THINGS[number * len(ASKS) :]
    plan = [
        Asking(f"room-{colour}", f"What goes into the {colour} box in {month}?", f"{colour} {thing}")
        for month, thing in zip(asks, things, strict=False)
    ]
    answers = {each.question: each.wanted for each in plan}
    spoken = {word: await day.cluster.rig.say(word) for word in (colour, *things[: len(plan)])}
    sounds = {
        question: words.sound(*((word, spoken[word]) for word in answer.split()))
        for question, answer in answers.items()
    }
    person = await stack.enter_async_context(day.cluster.rig.person(f"room-{colour}", colour))
    somebody = answering(person, sounds, told=lambda question: day.told(colour, answers[question]))
    day.people[f"room-{colour}"] = await stack.enter_async_context(somebody)
    return plan


async def _begin(tasks: anyio.abc.TaskGroup, day: Day, faults: Sequence[Fault], *, total: int) -> anyio.CancelScope:
    scope = anyio.CancelScope()

    async def break_parts() -> None:
        with scope:
            for fault in faults:
                await until(lambda after=fault.after * total: day.over >= after, limit=math.inf)  # type: ignore[misc]
                await fault.happens(day)

    tasks.start_soon(break_parts)
    return scope


async def _ask(day: Day, plan: Sequence[Asking], number: int, limiter: anyio.CapacityLimiter) -> None:
    for place, asking in enumerate(plan):
        async with limiter:
            day.asked.append(asking)
            await day.asker.ask(asking, first=(number + place) % len(day.cluster.replicas))
            what = asking.reply if asking.answer is not None else "nothing"
            day.told("team", f"has the answer of {asking.room_name}: {what}")
