"""Who uses a Redis: an entry for each key and protocol, and a list of workers. All times are its own.

What an older or a newer version has to find stands under names without the number of a protocol.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

from mcp_voice.errors import StoreError
from mcp_voice.store.redis_commands import Commands
from mcp_voice.store.refusals import not_ours
from mcp_voice.store.sealing import ONE_KEY, PLAIN, Sealing
from mcp_voice.store.users import SIGN_SECONDS, Fleet, OtherUse

__all__ = ["PREFIX", "RedisUsers"]

PROTOCOL = 2
PREFIX = f"mcp-voice:{PROTOCOL}:"
"""What every key of ours begins with. Its number grows with what an older version would misread: those that run side by
side then share nothing."""
USES = "mcp-voice:uses"
"""Names of the entries, by when each was written last; the entries themselves are under ``USE``."""
USE = "mcp-voice:use:"
MOST_USES = 20
LONGEST_KEPT = 86_400
"""Seconds; as ``MCP_VOICE_KEEP_SECONDS`` at most."""
RUNNING_SECONDS = 2 * SIGN_SECONDS
"""Whoever signed within this is still there, by all that is known."""
LONGEST_ENTRY = 1_000
NAME = re.compile(r"([0-9]{1,6}):[0-9a-f]{32}")
"""A protocol, and a digest that tells keys apart."""
ABOUT = "use"
"""What an entry is, for ``Sealing``."""
IN_USE = "in use"
SUBJECTS = {1: "mcp-voice:subjects"} | {number: f"mcp-voice:{number}:subjects" for number in range(2, PROTOCOL)}
"""Of older protocols, which wrote no entries: the subjects that asked something, by when they last did."""
WORK = b"""
local clock = redis.call('TIME')
local now, lease = clock[1] * 1000 + math.floor(clock[2] / 1000), tonumber(ARGV[2])
local function whole(number) return string.format('%.0f', number) end
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', whole(now))
  redis.call('ZREMRANGEBYSCORE', key, '(' .. whole(now + lease), '+inf')
  if ARGV[2 + i] == '1' then
    redis.call('ZADD', key, whole(now + lease), ARGV[1])
    redis.call('PEXPIRE', key, whole(2 * lease))
  else
    redis.call('ZREM', key, ARGV[1])
  end
end
"""
"""A server's clock may go back: nobody is there for longer than a lease from now."""
COUNT = b"""
local clock = redis.call('TIME')
local now, counts = clock[1] * 1000 + math.floor(clock[2] / 1000), {}
for i, key in ipairs(KEYS) do
  local from, till = '(' .. string.format('%.0f', now), string.format('%.0f', now + tonumber(ARGV[1]))
  counts[i] = redis.call('ZCOUNT', key, from, till)
end
return counts
"""


class RedisUsers:
    """Satisfies ``StoreUsers``."""

    def __init__(
        self, commands: Commands, sealing: Sealing, *, keep_seconds: float, lease: int, protocol: int = PROTOCOL
    ) -> None:
        """``lease`` is in ms."""
        self._commands = commands
        self._sealing = sealing
        self._keep = round(keep_seconds)
        self._lease = lease
        self._protocol = protocol
        self._name = f"{protocol}:{sealing.digest(ABOUT)}"
        # In braces: one script sees to both, so they have to be in one slot of a cluster.
        workers = f"{PREFIX}{{workers:{sealing.digest('workers')}}}:"
        self._all, self._with_room = f"{workers}all", f"{workers}with-room"

    async def sign(self) -> None:
        """See ``StoreUsers``."""
        await self._commands.command(
            "SET", USE + self._name, self._sealing.seal(IN_USE, about=ABOUT), "EX", max(1, self._keep)
        )
        await self._commands.command("ZADD", USES, await self._now(), self._name)
        await self._commands.command("ZREMRANGEBYRANK", USES, 0, -MOST_USES - 1)
        # The entries decide; a process that keeps replies for longer must not lose its name by one that does not.
        await self._commands.command("EXPIRE", USES, LONGEST_KEPT)

    async def others(self) -> Sequence[OtherUse]:
        """See ``StoreUsers``."""
        return [each async for each in self._others()]

    async def work(self, worker: str, *, has_room: bool) -> None:
        """See ``StoreUsers``."""
        await self._commands.command("EVAL", WORK, 2, self._all, self._with_room, worker, self._lease, 1, int(has_room))

    async def rest(self, worker: str) -> None:
        """See ``StoreUsers``."""
        for key in (self._all, self._with_room):
            await self._commands.command("ZREM", key, worker)

    async def fleet(self) -> Fleet:
        """See ``StoreUsers``."""
        told = await self._commands.command("EVAL", COUNT, 2, self._all, self._with_room, self._lease)
        if not isinstance(told, list) or not all(isinstance(each, int) for each in told):
            raise not_ours()
        return Fleet(*told)

    async def _others(self) -> AsyncIterator[OtherUse]:
        now = await self._now()
        for raw, at in await self._latest(USES, MOST_USES):
            found = NAME.fullmatch(raw.decode(errors="replace"))
            kept = await self._entry(found.group()) if found else b""
            if not found or not kept or found.group() == self._name:
                continue
            number = int(found.group(1))
            if number != self._protocol:
                yield _other_version(number, self._protocol, ago=now - at)
            elif how := self._how_sealed(kept):
                yield OtherUse("other-key", f"This store holds asks {how}{_ago(now - at)}.", ONE_KEY)
        for number, key in SUBJECTS.items():
            for _, at in await self._latest(key, 1):
                if now - at <= self._keep and number != self._protocol:
                    yield _other_version(number, self._protocol, ago=now - at)

    async def _entry(self, name: str) -> bytes:
        kept = await self._command_on_ours("GETRANGE", USE + name, 0, LONGEST_ENTRY - 1)
        return kept if isinstance(kept, bytes) else b""

    def _how_sealed(self, kept: bytes) -> str:
        """In what way it is not as we seal; empty: it is."""
        try:
            self._sealing.open(kept, about=ABOUT)
        except StoreError as error:
            if error.code != "store-key":
                return ""
            if kept.startswith(PLAIN):
                return "that are not encrypted, and MCP_VOICE_STORE_KEY is set here"
            ours = self._sealing.seal("", about=ABOUT)
            unset = "that are encrypted, and MCP_VOICE_STORE_KEY is not set here"
            return unset if ours.startswith(PLAIN) else "sealed with another key (MCP_VOICE_STORE_KEY)"
        return ""

    async def _latest(self, key: str, count: int) -> Sequence[tuple[bytes, float]]:
        """The newest entries of an index, with their times."""
        told = await self._command_on_ours("ZREVRANGE", key, 0, count - 1, "WITHSCORES") or []
        return [(name, float(at)) for name, at in zip(told[::2], told[1::2], strict=True)]

    async def _command_on_ours(self, *command: str | int) -> Any:
        """None where somebody else has put something of another kind there."""
        try:
            return await self._commands.command(*command)
        except StoreError as error:
            if error.code != StoreError.default_code:
                raise
            return None

    async def _now(self) -> int:
        return int((await self._commands.command("TIME"))[0])


def _other_version(theirs: int, ours: int, *, ago: float) -> OtherUse:
    return OtherUse(
        "other-version",
        f"This store holds asks written by another version of mcp-voice (protocol {theirs}, this is {ours})"
        f"{_ago(ago)}.",
        "Run one version everywhere: each neither carries out nor finds the other's asks.",
    )


def _ago(seconds: float) -> str:
    if seconds < RUNNING_SECONDS:
        return "; a process that writes them is running now"
    return f"; a process that writes them last ran {round(seconds / 60)} min ago"
