"""Who else has the floor of a room: only agents, only with an ask's id that they renew, and only for a limited time.

``mcp_voice.floor_renewed`` is Unix time of another machine, whose clock may be wrong. So what counts is whether it was
seen to change, on our clock. A killed process stays visible for about 20 s; it is told from one that is merely slow by
an RPC that no agent need know: whoever is connected answers it, if only that there is no such method.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
from anyio.abc import TaskGroup
from livekit import rtc

from mcp_voice.bounds.limits import FLOOR_SECONDS, FLOOR_SECONDS_IN_ALL
from mcp_voice.errors import quoted
from mcp_voice.floor_protocol import ALIVE_METHOD, STALE_SECONDS, FloorState, concern_floor
from mcp_voice.room.livekit_events import handling
from mcp_voice.tasks import Bell, owned_tasks

__all__ = ["OtherFloors", "agents", "is_agent", "other_floors"]

log = logging.getLogger(__name__)

PROOF_SECONDS = 3.6
"""A floor is nobody's either if its agent neither answers nor renews for this long; some renew every 3 s."""
GONE = {rtc.RpcError.ErrorCode.CONNECTION_TIMEOUT, rtc.RpcError.ErrorCode.RECIPIENT_DISCONNECTED}
"""That nobody is there; any other error is an answer."""
EARNED_BACK = 0.25


@dataclass(slots=True)
class _Holder:
    """Somebody who has the floor. Instants are ``time.monotonic()`` seconds."""

    ask_id: str
    renewed: str
    changed_at: float
    gone: bool = False
    """Whether it was called, and neither answered nor renewed."""

    def stale_at(self) -> float:
        """When it is nobody's any more, unless it is renewed."""
        return float("-inf") if self.gone else self.changed_at + STALE_SECONDS


class OtherFloors:
    """The floors of all other agents in a room, looked at for as long as we are in it."""

    def __init__(self, connection: rtc.Room) -> None:
        self._connection = connection
        self._holders: dict[str, _Holder] = {}
        self._spent: dict[str, tuple[float, float]] = {}
        """By identity, for how long we have waited for it, and when that was noted."""
        self._changed = Bell()

    def look(self, *_: object) -> None:
        """Take down what everybody's attributes say now."""
        here = {agent.identity: agent.attributes for agent in agents(self._connection)}
        for identity in [each for each in self._holders if each not in here]:
            del self._holders[identity]
        for identity, attributes in here.items():
            self._note(identity, attributes)
        self._changed.ring()

    def look_at(self, changed: Mapping[str, str], participant: rtc.Participant) -> None:
        """Take down what one agent's attributes say now; others may change theirs as often as they like."""
        here = participant.identity in self._connection.remote_participants
        if concern_floor(changed) and here and is_agent(participant):
            self._note(participant.identity, participant.attributes)
            self._changed.ring()

    def _note(self, identity: str, attributes: Mapping[str, str]) -> None:
        now = time.monotonic()
        shown = FloorState.read(attributes)
        ask_id, renewed = shown.floor, shown.renewed
        held = self._holders.get(identity)
        if not renewed or not ask_id:
            self._holders.pop(identity, None)
        elif held is None:
            self._holders[identity] = _Holder(ask_id, renewed, now)
        elif (held.ask_id, held.renewed) != (ask_id, renewed):
            held.ask_id, held.renewed, held.changed_at, held.gone = ask_id, renewed, now, False

    async def wait(self, tell: Callable[[str], None]) -> None:
        """Wait until nobody else has the floor, or we have waited long enough.

        ``tell`` is given who has it, and nothing at the end.
        """
        async with owned_tasks() as tasks:
            await self._wait(tell, tasks)
            tasks.cancel_scope.cancel()
        if self._holders:
            log.info("the floor is taken though others show it: they are not alive, or had it for too long")
        tell("")

    async def _wait(self, tell: Callable[[str], None], tasks: TaskGroup) -> None:
        latest = time.monotonic() + FLOOR_SECONDS_IN_ALL
        called: set[str] = set()
        while True:
            change, now = self._changed.next, time.monotonic()
            respected = self._respected(now)
            if not respected or now >= latest:
                return
            for identity in respected.keys() - called:
                called.add(identity)
                tasks.start_soon(self._call, identity, called)
            tell(self._name(next(iter(respected))))
            try:
                with anyio.move_on_at(min(latest, *respected.values())):
                    await change.wait()
            finally:
                self._spend(respected, since=now)

    async def _call(self, identity: str, called: set[str]) -> None:
        """Find out whether somebody who has the floor is there, by one call at a time whatever it shows."""
        while (holder := self._holders.get(identity)) is not None:
            renewed = holder.renewed
            answers = await self._answers(identity)
            if not answers and self._holders.get(identity) is holder and holder.renewed == renewed:
                holder.gone = True
                self._changed.ring()
            await anyio.sleep(PROOF_SECONDS)
        called.discard(identity)

    async def _answers(self, identity: str) -> bool:
        try:
            await self._connection.local_participant.perform_rpc(
                destination_identity=identity,
                method=ALIVE_METHOD,
                payload="",
                response_timeout=2 * PROOF_SECONDS,
                max_round_trip_latency=PROOF_SECONDS,
            )
        except rtc.RpcError as error:
            return error.code not in GONE
        return True

    def held(self) -> bool:
        """Whether somebody has the floor who would be waited for."""
        return bool(self._respected(time.monotonic()))

    def ghosts(self) -> set[str]:
        """Identities that show a floor and do not renew it: nobody is there to be called."""
        now = time.monotonic()
        return {identity for identity, holder in self._holders.items() if holder.stale_at() <= now}

    def _respected(self, now: float) -> dict[str, float]:
        """Whom we wait for, and until when if nothing happens."""
        untils = {
            identity: min(holder.stale_at(), now + FLOOR_SECONDS - self._spent_on(identity, now))
            for identity, holder in self._holders.items()
        }
        return {identity: until for identity, until in untils.items() if until > now}

    def _spent_on(self, identity: str, now: float) -> float:
        spent, noted_at = self._spent.get(identity, (0.0, now))
        return max(0.0, spent - (now - noted_at) * EARNED_BACK)

    def _spend(self, identities: dict[str, float], *, since: float) -> None:
        now = time.monotonic()
        for identity in identities:
            self._spent[identity] = (self._spent_on(identity, since) + now - since, now)
        for identity in [each for each in self._spent if self._spent_on(each, now) <= 0]:
            del self._spent[identity]

    def _name(self, identity: str) -> str:
        agent = self._connection.remote_participants.get(identity)
        return f"agent {quoted((agent.name if agent else '') or identity)}"


def agents(connection: rtc.Room) -> list[rtc.RemoteParticipant]:
    """All other agents in the room."""
    return [participant for participant in connection.remote_participants.values() if is_agent(participant)]


def is_agent(participant: rtc.Participant) -> bool:
    """Whether it is an agent."""
    return participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT


@asynccontextmanager
async def other_floors(connection: rtc.Room) -> AsyncIterator[OtherFloors]:
    """Look at the others' floors while the block lasts."""
    floors = OtherFloors(connection)
    with handling(
        connection,
        participant_attributes_changed=floors.look_at,
        participant_connected=floors.look,
        participant_disconnected=floors.look,
    ):
        floors.look()
        yield floors
