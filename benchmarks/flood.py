"""A guest floods one room while somebody in another is asked: whether those notice.

Both rooms are in use throughout. The floods and none at all take turns, in another order each round, and one question
is asked in each; what it takes is compared with what it takes without a flood. The control is the same flood in a room
in which we are not: what it costs there is the price of a LiveKit server and a guest on the same cores, not ours.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import anyio

from benchmarks.exchange import ask_and_answer
from benchmarks.guest import FLOODS, LONG_STREAM, QUIET, Guest, guest
from benchmarks.rooms import cpu_seconds
from benchmarks.sentences import Sentence, voices_in_turn, whole_answers
from benchmarks.stage import Stage, room_name, warmed
from mcp_voice.people.human import Human
from testkit.host import Host

__all__ = ["measure"]

LISTED = (QUIET, LONG_STREAM)
"""During which ``list_rooms`` is called as well, after the question."""
LISTING_SECONDS = 3.0
BETWEEN_SECONDS = 0.1
SETTLE_SECONDS = 0.5
IDLE_SHARE = 0.15
"""Of a core: two rooms in which nobody is asked take less."""
DRAIN_SECONDS = 20.0
"""A sender hands over data faster than it goes out: 27 MB arrive for seconds after the last call."""
STAYING = {"MCP_VOICE_QUIET_SECONDS": "3600"}


async def measure(stage: Stage, *, samples: int, kinds: Sequence[str] = tuple(FLOODS)) -> dict[str, Any]:
    """For each kind of flood the milliseconds, whether the reply was right, CPU seconds of our server, what was sent.

    ``elsewhere`` has the same of the control. ``list_rooms_ms`` is the longest call of each round.
    """
    turns = [("asked", kind) for kind in kinds] + [("elsewhere", kind) for kind in kinds if kind != QUIET]
    taken: dict[str, Any] = {
        "asked": {kind: {name: [] for name in NOTED} for kind in kinds},
        "elsewhere": {kind: {name: [] for name in NOTED} for kind in kinds if kind != QUIET},
        "list_rooms_ms": {kind: [] for kind in kinds if kind in LISTED},
    }
    answers = islice(cycle(voices_in_turn(whole_answers())), 1 + samples * len(turns))
    flooded, other = room_name(), room_name()
    async with AsyncExitStack() as stack:
        host = await stack.enter_async_context(stage.host("ours", **STAYING))
        await warmed(host)
        senders = {
            "asked": await stack.enter_async_context(guest(stage, flooded)),
            "elsewhere": await stack.enter_async_context(guest(stage, room_name())),
        }
        person = await stack.enter_async_context(stage.person(other))
        rooms = _Rooms(host, senders, person, flooded, other, taken)
        await rooms.enter(next(answers))
        for index in range(samples):
            # What comes before a question may leave traces, so it is never the same for long.
            for where, kind in random.Random(index).sample(turns, len(turns)):
                stage.progress(f"flood {index + 1} of {samples}: {kind} ({where})")
                await rooms.ask(where, kind, next(answers))
        await rooms.still_there()
    return taken


NOTED = ("first_sound_ms", "reply_ms", "right", "cpu_seconds", "sent")


@dataclass(frozen=True, slots=True)
class _Rooms:
    """The flooded room and the other one, and what came of the questions there."""

    host: Host
    senders: dict[str, Guest]
    """By the part of the results that is about the room where they are."""
    person: Human
    flooded: str
    other: str
    taken: dict[str, Any]

    async def enter(self, sentence: Sentence) -> None:
        """Be in both rooms, with a question that does not count."""
        await self.host.say("Hello.", self.flooded)
        await ask_and_answer(self.host, self.person, self.other, sentence.sounds())

    async def ask(self, where: str, kind: str, sentence: Sentence) -> None:
        """Ask in the one room during a flood of another."""
        noted = self.taken[where][kind]
        async with self.senders[where].flooding(kind, noted["sent"]):
            before = cpu_seconds(self.host.process)
            done = await ask_and_answer(self.host, self.person, self.other, sentence.sounds())
            noted["cpu_seconds"].append(round(cpu_seconds(self.host.process) - before, 2))
            if where == "asked" and kind in LISTED:
                self.taken["list_rooms_ms"][kind].append(await self._longest_listing())
        noted["first_sound_ms"].append(done.first_sound_ms)
        noted["reply_ms"].append(done.reply_ms)
        noted["right"].append(done.right(sentence.text))
        await self._drained()

    async def _drained(self) -> None:
        """Wait until nothing of a flood is on its way any more, which would count for the next one."""
        with anyio.move_on_after(DRAIN_SECONDS):
            used = IDLE_SHARE
            while used >= IDLE_SHARE:
                before = cpu_seconds(self.host.process)
                await anyio.sleep(SETTLE_SECONDS)
                used = (cpu_seconds(self.host.process) - before) / SETTLE_SECONDS

    async def still_there(self) -> None:
        """Raise RuntimeError if we are no longer in the flooded room: then it would have been none."""
        rooms = (await self.host.rooms()).rooms
        if not any(
            each.kind == "agent" for room in rooms if room.room_name == self.flooded for each in room.participants
        ):
            raise RuntimeError("We left the room that was flooded, so these figures say nothing.")

    async def _longest_listing(self) -> float:
        longest, until = 0.0, time.monotonic() + LISTING_SECONDS
        while time.monotonic() < until:
            called_at = time.monotonic()
            await self.host.rooms()
            longest = max(longest, time.monotonic() - called_at)
            await anyio.sleep(BETWEEN_SECONDS)
        return round(longest * 1000, 1)
