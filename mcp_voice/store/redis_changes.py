"""Whoever waits for a request in Redis: told that it has changed, they look at it."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable

import anyio

from mcp_voice.errors import StoreError
from mcp_voice.store.records import Request, State
from mcp_voice.store.redis_watches import UNHEARD_SECONDS, Watched, Watches, until_heard

__all__ = ["MOST_LOOKS", "RedisChanges"]

OUTAGE_SECONDS = 5.0
"""For so long whoever waits for a change puts up with a store that is away, as while it is restarted."""
MOST_LOOKS = 400
"""Of those who wait for a change, how many look at once: far fewer than a Redis answers within a call's limit."""
GOING_ON_SECONDS = 0.1
"""Between two looks at what goes on: nobody needs to see every step. What is over is seen at once."""
MORE = b"+"
"""What a version's number is told with unless the request is over; processes of an older version never say so."""


class RedisChanges:
    """The part of a ``RedisStore`` that is about them."""

    def __init__(self, watches: Watches, read: Callable[[Request], Awaitable[State]]) -> None:
        """``read`` gives a request as it is now."""
        self._watches = watches
        self._read = read
        self._looks = anyio.Semaphore(MOST_LOOKS, fast_acquire=True)

    async def changed(self, state: State, channel: str, *, seconds: float) -> State:
        """See ``AskStore``; ``channel`` is where its changes are told."""
        begun, looked_at = time.monotonic(), -math.inf
        until = begun + seconds
        with self._watches.watching(channel) as watched:
            if seconds > 0:
                await until_heard(watched)
            while True:
                change, now = watched.bell.next, time.monotonic()
                nothing_until = _nothing_until(watched, state.version, begun=begun, looked_at=looked_at)
                if now < min(until, nothing_until):
                    with anyio.move_on_after(min(until, nothing_until) - now):
                        # A scope for each step of what goes on would take as long as all else that is done for it.
                        while nothing_until == _nothing_until(watched, state.version, begun=begun, looked_at=looked_at):
                            await change.wait()
                            change = watched.bell.next
                    continue
                looked_at = now
                seen = await self._look(state.request, watched, until=until)
                if seen.version != state.version or time.monotonic() >= until:
                    return seen

    async def _look(self, request: Request, watched: Watched, *, until: float) -> State:
        given_up = math.inf
        while True:
            before = (watched.gaps, watched.told)
            try:
                # After a restart everybody looks at once: one after the other they are in time.
                async with self._looks:
                    seen = await self._read(request)
            except StoreError:
                given_up = min(given_up, until, time.monotonic() + OUTAGE_SECONDS)
                if time.monotonic() >= given_up:
                    raise
                await anyio.sleep(UNHEARD_SECONDS / 4)
                continue
            if before == (watched.gaps, watched.told):
                watched.told = b"%d" % seen.version
            return seen


def _nothing_until(watched: Watched, version: int, *, begun: float, looked_at: float) -> float:
    """When to look at the latest, though the bell does not ring; by the clock of ``time.monotonic``."""
    if not watched.is_heard:
        return looked_at + UNHEARD_SECONDS
    if watched.told.removesuffix(MORE) == b"%d" % version:
        return math.inf
    return max(begun, looked_at) + GOING_ON_SECONDS if watched.told.endswith(MORE) else -math.inf
