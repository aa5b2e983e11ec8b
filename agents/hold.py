"""Stepping back while somebody else has the floor of the room.

An asker calls the RPC ``mcp_voice.hold`` before it speaks, carries the attribute ``mcp_voice.floor`` (the ask's id)
while it asks, and renews ``mcp_voice.floor_renewed``. We let go when the attribute goes, when the asker leaves, and
when it has not been renewed for ten seconds: a killed process stays visible for about twenty. By the RPC
``mcp_voice.release`` it tells us, just before it lets go, what was asked and answered.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
from livekit import rtc

from mcp_voice.floor import FLOOR_ATTRIBUTE, HOLD_METHOD, RELEASE_METHOD, RENEWED_ATTRIBUTE, STALE_SECONDS
from mcp_voice.handlers import handling
from mcp_voice.owned import owned_tasks

__all__ = ["Asked", "Hold", "hold"]

log = logging.getLogger(__name__)

NOT_HELD, NOT_READ = 1, 2
"""Codes of RPC errors that are ours: below 1001 they are the application's."""

Step = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked while we were silent, and what a participant (an identity) answered."""

    question: str
    reply: str
    identity: str


Learn = Callable[[Asked], Awaitable[None]]


class Hold:
    """Who has the floor; whoever wants to speak waits for ``free``."""

    def __init__(self, step_back: Step, go_on: Step, learn: Learn) -> None:
        self._step_back = step_back
        self._go_on = go_on
        self._learn = learn
        self._renewed: dict[str, float] = {}
        """By identity, when each one that has the floor was last heard of, on our monotonic clock."""
        self._changed = anyio.Event()
        self._free = anyio.Event()
        self._free.set()
        self._turn = anyio.Lock()

    @property
    def held(self) -> bool:
        """Whether somebody else has the floor."""
        return bool(self._renewed)

    async def free(self) -> None:
        """Wait until nobody else has the floor."""
        while self.held:
            await self._free.wait()

    async def on_hold(self, call: rtc.RpcInvocationData) -> str:
        """Answer the RPC, once we have fallen silent."""
        self._take(call.caller_identity)
        await self._settle()
        return ""

    async def on_release(self, call: rtc.RpcInvocationData) -> str:
        """Learn what was asked and answered, just before the floor is given back."""
        if call.caller_identity not in self._renewed:
            raise rtc.RpcError(NOT_HELD, "You do not have the floor.")
        try:
            told = json.loads(call.payload)
            asked = Asked(str(told["question"]), str(told["reply"]), str(told["identity"]))
        except (ValueError, KeyError, TypeError):
            raise rtc.RpcError(NOT_READ, "Send a JSON object with question, reply and identity.") from None
        await self._learn(asked)
        return ""

    def look(self, participant: rtc.RemoteParticipant) -> None:
        """Take down what somebody's attributes say."""
        if participant.kind != rtc.ParticipantKind.PARTICIPANT_KIND_AGENT:
            return
        if participant.attributes.get(FLOOR_ATTRIBUTE):
            self._take(participant.identity)
        else:
            self.forget(participant)

    def forget(self, participant: rtc.RemoteParticipant) -> None:
        """Somebody has given the floor back, or is gone."""
        if self._renewed.pop(participant.identity, None) is not None:
            self._changed.set()

    def _take(self, identity: str) -> None:
        self._renewed[identity] = time.monotonic()
        if self._free.is_set():
            self._free = anyio.Event()
        self._changed.set()

    async def run(self) -> None:
        """Step back and go on as the floor is taken and given back, until cancelled."""
        stepped_back = False
        while True:
            self._changed = anyio.Event()
            self._drop_stale()
            if self.held != stepped_back:
                stepped_back = self.held
                log.info("floor %s", "taken by another agent" if stepped_back else "free again")
            await self._settle()
            with anyio.move_on_after(self._until_stale()):
                await self._changed.wait()

    async def _settle(self) -> None:
        """Be silent and deaf while the floor is held, and the opposite while it is not."""
        async with self._turn:
            if self.held:
                await self._step_back()
            elif not self._free.is_set():
                await self._go_on()
                self._free.set()

    def _until_stale(self) -> float:
        oldest = min(self._renewed.values(), default=float("inf"))
        return max(0.0, oldest + STALE_SECONDS - time.monotonic())

    def _drop_stale(self) -> None:
        now = time.monotonic()
        for identity, renewed in list(self._renewed.items()):
            if now - renewed >= STALE_SECONDS:
                log.warning("floor of %s was not renewed for %.0f s: going on", identity, STALE_SECONDS)
                del self._renewed[identity]


@asynccontextmanager
async def hold(connection: rtc.Room, *, step_back: Step, go_on: Step, learn: Learn) -> AsyncIterator[Hold]:
    """Answer for the floor of a room while the block lasts.

    ``step_back`` makes us silent and deaf and may be called again while we are; ``go_on`` undoes it. ``learn`` is
    given what was asked and answered meanwhile.
    """
    held = Hold(step_back, go_on, learn)

    def on_attributes(changed: dict[str, str], participant: rtc.Participant) -> None:
        ours = FLOOR_ATTRIBUTE in changed or RENEWED_ATTRIBUTE in changed
        if ours and isinstance(participant, rtc.RemoteParticipant):
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
