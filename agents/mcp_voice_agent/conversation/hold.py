"""Stepping back while somebody else has the floor of the room, or listens for an answer.

The protocol is ``mcp_voice.floor_protocol``. We hold, and learn what was asked and answered, for the ids of an asker's
attributes only. We let go when both attributes go, when the asker leaves, when it has not been renewed for ten seconds
(a killed process stays visible for about twenty), and when it has held the floor for longer than an ask can take, or
for most of an hour; all askers together have an hour of any hour and a half.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
from livekit import rtc

from mcp_voice.bounds.rate_limit import ONCE_A_MINUTE, RateLimit
from mcp_voice.floor_protocol import (
    FLOOR_ATTRIBUTE,
    HOLD_METHOD,
    NOT_HELD,
    NOT_READ,
    RELEASE_METHOD,
    STALE_SECONDS,
    FloorState,
    HoldCall,
    ReleaseCall,
    concern_floor,
)
from mcp_voice.room.livekit_events import handling
from mcp_voice.tasks import Bell, owned_tasks
from mcp_voice.texts.foreign import quoted_name
from mcp_voice_agent.conversation.held_time import HeldTime
from mcp_voice_agent.learned import Asked

__all__ = ["Hold", "hold"]

log = logging.getLogger(__name__)

ALL = "all"
SEEN_SECONDS = 1.5
"""An asker sets its attributes beside its call, which may be quicker; it waits for 2 s."""
LONGEST_SECONDS = 1200.0
"""An ask ends after 900 s unless a setting says otherwise, and a human who is speaking then is heard out."""
SHARE_SECONDS = 2700.0
"""Three quarters of an hour: more than a room full of questions takes, and the human has somebody to talk to again."""
ALL_SECONDS, ALL_WITHIN_SECONDS = 3600.0, 5400.0
"""The same for all agents of a room together, an hour of any hour and a half: one that comes back under another name is
another to us. Two that share a room fairly, each for less than its own three quarters, hardly ever meet this."""


StepBack = Callable[[], Awaitable[None]]
Learn = Callable[[Asked], Awaitable[None]]


@dataclass(eq=False, slots=True)
class _FloorHolder:
    """One that has the floor, with instants of our monotonic clock."""

    ask_id: str
    shown: frozenset[str]
    """The ids that it may call us for: the ask, and what is said while the ask listens."""
    since: float
    until: float
    renewed: float
    told: bool = False


class Hold:
    """Who has the floor; whoever wants to speak waits for ``free``."""

    def __init__(self, step_back: StepBack, go_on: StepBack, learn: Learn, *, longest: float = LONGEST_SECONDS) -> None:
        self._step_back = step_back
        self._go_on = go_on
        self._learn = learn
        self._longest = longest
        self._held_time = HeldTime(most=max(SHARE_SECONDS, longest))
        self._all_time = HeldTime(most=max(ALL_SECONDS, longest), within=ALL_WITHIN_SECONDS)
        self._refusals = RateLimit(ONCE_A_MINUTE)
        self._all_since = 0.0
        """Since when somebody has held the floor, whoever it is now."""
        self._holders: dict[str, _FloorHolder] = {}
        """By identity."""
        self._over: dict[str, str] = {}
        """By identity, the ask that has had all its time and still carries the attribute."""
        self._changed = Bell()
        self._freed = Bell()
        self._stepped_back = False
        self._seen = Bell()
        self._turn = anyio.Lock()

    @property
    def held(self) -> bool:
        """Whether somebody else has the floor."""
        return bool(self._holders)

    async def free(self) -> None:
        """Wait until nobody else has the floor."""
        while self.held:
            await self._freed.wait()

    async def on_hold(self, call: rtc.RpcInvocationData) -> str:
        """Answer the RPC, once we have fallen silent."""
        wanted = HoldCall.read(call.payload)
        if wanted is None:
            raise rtc.RpcError(NOT_READ, "Send a JSON object with the text ask_id.")
        with anyio.move_on_after(SEEN_SECONDS):
            while not self._holds(call.caller_identity, wanted.ask_id):
                await self._seen.wait()
        if not self._holds(call.caller_identity, wanted.ask_id):
            if self._refusals.allows(ALL, time.monotonic()):
                log.info("a participant without the floor wanted us to be silent")
            raise rtc.RpcError(NOT_HELD, f"You do not have the floor: be an agent, and carry {FLOOR_ATTRIBUTE}.")
        await self._settle()
        return ""

    async def on_release(self, call: rtc.RpcInvocationData) -> str:
        """Learn what was asked and answered, just before the floor is given back; once for each ask."""
        told = ReleaseCall.read(call.payload)
        if told is None:
            raise rtc.RpcError(NOT_READ, "Send a JSON object with the texts ask_id, question, reply and identity.")
        holder = self._holders.get(call.caller_identity)
        if holder is None or holder.ask_id != told.ask_id or holder.told:
            raise rtc.RpcError(NOT_HELD, "You do not have the floor for that ask, or have told of it already.")
        holder.told = True
        await self._learn(Asked(told.question, told.reply, told.identity))
        return ""

    def look(self, participant: rtc.RemoteParticipant) -> None:
        """Take down what somebody's attributes say."""
        if participant.kind != rtc.ParticipantKind.PARTICIPANT_KIND_AGENT:
            return
        ids = FloorState.read(participant.attributes).ids
        if ids:
            self._take(participant.identity, ids)
        else:
            self.forget(participant)
        self._seen.ring()

    def forget(self, participant: rtc.RemoteParticipant) -> None:
        """Somebody has given the floor back, or is gone."""
        self._over.pop(participant.identity, None)
        self._drop(participant.identity)

    def _holds(self, identity: str, ask_id: str) -> bool:
        holder = self._holders.get(identity)
        return holder is not None and ask_id in holder.shown

    def _take(self, identity: str, ids: Sequence[str]) -> None:
        now = time.monotonic()
        holder = self._holders.get(identity)
        if holder is not None and holder.ask_id in ids:
            holder.renewed, holder.shown = now, frozenset(ids)
            return
        self._drop(identity)
        ask_id = ids[0]
        left = min(self._held_time.left(identity, now), self._left_to_all(now))
        if self._over.get(identity) == ask_id or not left:
            return
        self._over.pop(identity, None)
        if not self._holders:
            self._all_since = now
        until = now + min(self._longest, left)
        self._holders[identity] = _FloorHolder(ask_id, frozenset(ids), since=now, until=until, renewed=now)
        self._stepped_back = True
        self._changed.ring()

    def _left_to_all(self, now: float) -> float:
        running = now - self._all_since if self._holders else 0.0
        return max(0.0, self._all_time.left(ALL, now) - running)

    def _drop(self, identity: str) -> None:
        holder = self._holders.pop(identity, None)
        if holder is not None:
            now = time.monotonic()
            self._held_time.add(identity, now - holder.since, now)
            if not self._holders:
                # Two at a time silence us for no longer than one.
                self._all_time.add(ALL, now - self._all_since, now)
            self._changed.ring()

    async def run(self) -> None:
        """Step back and go on as the floor is taken and given back, until cancelled."""
        was_held = False
        while True:
            change = self._changed.next
            self._end_overdue()
            if self.held != was_held:
                was_held = self.held
                log.info("floor %s", "taken by another agent" if was_held else "free again")
            await self._settle()
            with anyio.move_on_after(self._until_overdue()):
                await change.wait()

    async def _settle(self) -> None:
        """Be silent and deaf while the floor is held, and the opposite while it is not."""
        async with self._turn:
            if self.held:
                await self._step_back()
            elif self._stepped_back:
                await self._go_on()
                self._stepped_back = self.held
                self._freed.ring()

    def _until_overdue(self) -> float:
        ends = (min(each.renewed + STALE_SECONDS, each.until) for each in self._holders.values())
        return max(0.0, min(ends, default=float("inf")) - time.monotonic())

    def _end_overdue(self) -> None:
        now = time.monotonic()
        for identity, holder in list(self._holders.items()):
            if now >= holder.until:
                log.warning("floor of %s was held for %.0f s: going on", quoted_name(identity), now - holder.since)
                self._over[identity] = holder.ask_id
                self._drop(identity)
            elif now - holder.renewed >= STALE_SECONDS:
                log.warning("floor of %s was not renewed for %.0f s: going on", quoted_name(identity), STALE_SECONDS)
                self._drop(identity)


@asynccontextmanager
async def hold(
    connection: rtc.Room, *, step_back: StepBack, go_on: StepBack, learn: Learn, longest: float = LONGEST_SECONDS
) -> AsyncIterator[Hold]:
    """Answer for the floor of a room while the block lasts.

    ``step_back`` makes us silent and deaf and may be called again while we are; ``go_on`` undoes it. ``learn`` is
    given what was asked and answered meanwhile. Nobody holds the floor for more than ``longest`` seconds at a time.
    """
    held = Hold(step_back, go_on, learn, longest=longest)

    def on_attributes(changed: dict[str, str], participant: rtc.Participant) -> None:
        if concern_floor(changed) and isinstance(participant, rtc.RemoteParticipant):
            held.look(participant)

    connection.local_participant.register_rpc_method(HOLD_METHOD, held.on_hold)
    connection.local_participant.register_rpc_method(RELEASE_METHOD, held.on_release)
    try:
        with handling(
            connection,
            participant_attributes_changed=on_attributes,
            participant_connected=held.look,
            participant_disconnected=held.forget,
        ):
            for participant in connection.remote_participants.values():
                held.look(participant)
            async with owned_tasks() as tasks:
                tasks.start_soon(held.run)
                yield held
                tasks.cancel_scope.cancel()
    finally:
        connection.local_participant.unregister_rpc_method(HOLD_METHOD)
        connection.local_participant.unregister_rpc_method(RELEASE_METHOD)
