"""A host of a team: it asks at one replica, and goes on at another where that one breaks off."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio

from mcp_voice.results import Answer
from testkit.cluster import Cluster
from testkit.host import Host, ToolFault

__all__ = ["Asker", "Asking"]

CALL_SECONDS = 20.0
"""For which one call waits."""
BREAK_SECONDS = 35.0
"""After which a call is given up: whoever it was made to says nothing any more."""
AGAIN_SECONDS = 1.0
MOST_SECONDS = 150.0
"""For one question, with whatever happens meanwhile."""


@dataclass
class Asking:
    """One question, from the first call to its answer. Instants are ``time.monotonic()`` seconds."""

    room_name: str
    question: str
    wanted: str
    """The words that are said to it."""
    asked_at: float = field(default_factory=time.monotonic)
    ended_at: float = 0.0
    ask_id: str = ""
    replicas: list[int] = field(default_factory=list)
    """Those at which it was asked or waited for, in turn."""
    troubles: list[str] = field(default_factory=list)
    """What calls came to, other than an answer."""
    answer: Answer | None = None

    @property
    def reply(self) -> str:
        """What was returned; empty: nothing."""
        return (self.answer.reply if self.answer is not None else "") or ""

    @property
    def is_right(self) -> bool:
        """Whether it came back with what was said to it."""
        return self.answer is not None and self.answer.status == "answered" and self.reply == self.wanted


class Asker:
    """Makes the calls."""

    def __init__(self, cluster: Cluster, told: Callable[[str, str], None] = lambda _, __: None) -> None:
        """``told`` gets who does something, and what."""
        self.waiting: Counter[int] = Counter()
        """At which replica (0, 1, …) how many calls wait for a reply now."""
        self._cluster = cluster
        self._told = told

    async def ask(self, asking: Asking, *, first: int = 0) -> Asking:
        """Ask at the replica of that number first, and wait until it is answered, left or cancelled."""
        number = first
        asking.asked_at = time.monotonic()
        with anyio.move_on_after(MOST_SECONDS):
            while asking.answer is None:
                number %= len(self._cluster.replicas)
                asking.replicas += [number] if asking.replicas[-1:] != [number] else []
                try:
                    await self._at(number, asking)
                except ToolFault as fault:
                    asking.troubles.append(str(fault))
                    await anyio.sleep(AGAIN_SECONDS)
                except Exception as error:  # noqa: BLE001  # whatever a client makes of a connection that breaks
                    asking.troubles.append(f"replica {number + 1}: {type(error).__name__}")
                    number += 1
                    await anyio.sleep(AGAIN_SECONDS)
        asking.ended_at = time.monotonic()
        return asking

    async def _at(self, number: int, asking: Asking) -> None:
        """Go on at a replica; returns with the question's end, raises where the replica or the call fails."""
        with anyio.fail_after(BREAK_SECONDS) as scope:
            async with self._cluster.replicas[number].host(self._cluster.token) as host:
                while asking.answer is None:
                    answer = await self._call(number, asking, host)
                    asking.ask_id = answer.ask_id
                    asking.answer = answer if answer.status != "pending" else None
                    scope.deadline = anyio.current_time() + BREAK_SECONDS

    async def _call(self, number: int, asking: Asking, host: Host) -> Answer:
        if not asking.ask_id:
            self._told("team", f"asks in {asking.room_name} at replica {number + 1}: {asking.question}")
            return await host.ask(asking.question, room_name=asking.room_name, wait_seconds=0)
        if asking.replicas[0] != number:
            self._told("team", f"goes on at replica {number + 1} with what {asking.room_name} was asked")
        return await self._waited(number, host.wait(asking.ask_id, CALL_SECONDS))

    async def _waited(self, number: int, call: Awaitable[Answer]) -> Answer:
        self.waiting[number] += 1
        try:
            return await call
        finally:
            self.waiting[number] -= 1
