"""Which subjects have anything open in a Redis: those that a sweep looks at."""

from __future__ import annotations

import time

from mcp_voice.store.redis_commands import Commands

__all__ = ["KnownSubjects"]

SUBJECT_SECONDS = 3 * 86_400
"""For longer than this nothing is open."""
NOTED_SECONDS = 60.0
IDLE_SECONDS = 2 * NOTED_SECONDS
"""After which every process notes a subject anew that asks something."""
FORGET = b"""
if redis.call('ZSCORE', KEYS[1], ARGV[1]) == ARGV[2] then return redis.call('ZREM', KEYS[1], ARGV[1]) end
return 0
"""
"""Unless it was noted meanwhile."""


class KnownSubjects:
    """Their tags, by when they last asked anything; the clock is the store's."""

    def __init__(self, commands: Commands, key: str) -> None:
        self._commands = commands
        self._key = key
        self._noted: dict[str, float] = {}

    async def note(self, subject_tag: str) -> None:
        """It is about to ask something; once a minute is enough."""
        now = time.monotonic()
        if self._noted.get(subject_tag, -NOTED_SECONDS) + NOTED_SECONDS > now:
            return
        at = await self._now()
        await self._commands.command("ZADD", self._key, at, subject_tag)
        await self._commands.command("ZREMRANGEBYSCORE", self._key, "-inf", at - SUBJECT_SECONDS)
        await self._commands.command("EXPIRE", self._key, SUBJECT_SECONDS)
        self._noted = {each: noted for each, noted in self._noted.items() if noted + NOTED_SECONDS > now}
        self._noted[subject_tag] = now

    async def all(self) -> list[str]:
        """Those that may have something open."""
        return [each.decode(errors="replace") for each in await self._commands.command("ZRANGE", self._key, 0, -1)]

    async def forget(self, subject_tags: list[str]) -> None:
        """These have nothing open; those that have just asked something are kept all the same."""
        at = await self._now() if subject_tags else 0
        for each in subject_tags:
            score = await self._commands.command("ZSCORE", self._key, each)
            if score is not None and float(score) + IDLE_SECONDS < at:
                await self._commands.command("EVAL", FORGET, 1, self._key, each, round(float(score)))

    async def _now(self) -> int:
        return int((await self._commands.command("TIME"))[0])
