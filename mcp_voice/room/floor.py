"""One voice at a time: how our participant takes the floor of a room, by the protocol of ``floor_protocol``.

It has the floor until its answer is there, or until the call that asked has returned without one; then others may
speak, and only the attribute ``mcp_voice.ask`` says that it goes on listening. Agents that answer the RPC
``mcp_voice.hold`` are asked first and have fallen silent when it returns; of all others we wait, briefly, until
``lk.agent.state`` says that they are not speaking. Those that held are told what was asked and answered, so that they
can go on from there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import anyio
from livekit import rtc

from mcp_voice.floor_protocol import HOLD_METHOD, OUR_PREFIX, RELEASE_METHOD, HoldCall, OpenQuestion, ReleaseCall
from mcp_voice.link.questions import Question
from mcp_voice.room.floor_others import OtherFloors, agents, other_floors
from mcp_voice.room.floor_shown import Shown
from mcp_voice.room.livekit_events import handling
from mcp_voice.room.other_questions import OtherQuestions
from mcp_voice.room.state_shown import STATE_ATTRIBUTE
from mcp_voice.tasks import owned_tasks

__all__ = ["Floors", "HeldFloor", "floors"]

log = logging.getLogger(__name__)

HOLD_SECONDS = 2.0
SDK_LATENCY_SECONDS = 1.0
"""The SDK takes this off ``response_timeout`` and fails a call to somebody who is gone after as long."""
POLITE_SECONDS = 4.0


class HeldFloor:
    """The floor while we have it; satisfies ``link.Floor``."""

    def __init__(self, connection: rtc.Room, ask_id: str, shown: Shown, known: set[str]) -> None:
        """``known`` takes the identities of agents that hold."""
        self._connection = connection
        self._ask_id = ask_id
        self._shown = shown
        self._known = known
        self._holders: set[str] = set()
        self._outcome: ReleaseCall | None = None

    def show_question(
        self, participant: str, *, question: str = "", choices: Sequence[str] = (), seconds: float = 0.0
    ) -> None:
        """What is said from now on answers the ask, by one human or by anybody."""
        deadline = time.time() + seconds if seconds else 0.0
        self._shown.ask(OpenQuestion(self._ask_id, participant, question, tuple(choices), deadline))

    def give_back(self) -> None:
        """Let others ask and speak; what is said goes on answering the ask, unless somebody asks something newer."""
        self._shown.give_back(self._ask_id)

    def conclude(self, *, question: str, reply: str, identity: str) -> None:
        """What came of the ask, for those that hold, and that something came of it, for everybody."""
        self._shown.answered(self._ask_id)
        self._outcome = ReleaseCall(self._ask_id, question, reply, identity)

    async def hold(self, agent: rtc.RemoteParticipant) -> None:
        """Have an agent fall silent, or wait until it does by itself."""
        with anyio.move_on_after(HOLD_SECONDS):
            try:
                await self._call(agent.identity, HOLD_METHOD, HoldCall(self._ask_id).written())
                self._holders.add(agent.identity)
                self._known.add(agent.identity)
            except rtc.RpcError as error:
                # 1400: an agent that does not know us, so only its state can tell.
                log.debug("agent does not hold: code %s", error.code)
                self._known.discard(agent.identity)
                await _silence(self._connection, agent.identity)

    async def release(self) -> None:
        """Tell those that held what came of it; one that wants no such call is none the worse."""
        present = self._holders & set(self._connection.remote_participants)
        if self._outcome is not None and present:
            payload = self._outcome.written()
            with anyio.move_on_after(HOLD_SECONDS):
                async with owned_tasks() as telling:
                    for identity in present:
                        telling.start_soon(self._release, identity, payload)

    async def _release(self, identity: str, payload: str) -> None:
        try:
            await self._call(identity, RELEASE_METHOD, payload)
        except rtc.RpcError as error:
            log.debug("agent was not told: code %s", error.code)

    async def _call(self, identity: str, method: str, payload: str) -> None:
        await self._connection.local_participant.perform_rpc(
            destination_identity=identity,
            method=method,
            payload=payload,
            response_timeout=HOLD_SECONDS + SDK_LATENCY_SECONDS,
            max_round_trip_latency=SDK_LATENCY_SECONDS,
        )


async def _until(connection: rtc.Room, holds: Callable[[], bool], *, limit: float) -> bool:
    """Wait until something holds of the other participants; whether it came to that within ``limit`` seconds."""
    reached = anyio.Event()

    def look(*_: object) -> None:
        if holds():
            reached.set()

    with handling(connection, participant_attributes_changed=look, participant_disconnected=look):
        look()
        with anyio.move_on_after(limit):
            await reached.wait()
    return reached.is_set()


async def _silence(connection: rtc.Room, identity: str) -> None:
    """Wait until an agent is not speaking, or has gone."""

    def silent() -> bool:
        agent = connection.remote_participants.get(identity)
        return agent is None or agent.attributes.get(STATE_ATTRIBUTE) != "speaking"

    await _until(connection, silent, limit=POLITE_SECONDS)


class Floors:
    """The floor of one room, ours and that of others, for as long as we are in it."""

    def __init__(self, connection: rtc.Room, others: OtherFloors, questions: OtherQuestions, shown: Shown) -> None:
        self._connection = connection
        self._others = others
        self._questions = questions
        self._shown = shown
        self._known: set[str] = set()

    @property
    def asks(self) -> bool:
        """Whether we have the floor, or a question that is open."""
        return self._shown.asks

    def holds(self, identity: str) -> bool:
        """Whether that agent hears nobody now, for our sake."""
        return self.asks and identity in self._known

    def questions(self) -> Sequence[Question]:
        """The questions of others that are open, or were until a minute ago."""
        return self._questions.all()

    @asynccontextmanager
    async def hold(self, name: str, *, tell: Callable[[str], None] | None = lambda _: None) -> AsyncIterator[HeldFloor]:
        """Have the floor for an ask or for what is said; others have fallen silent when the block begins.

        Where an ask of ours has it already it is had at once. ``tell`` is given the name of whoever has it before us,
        and nothing once it is ours; without ``tell`` nobody is waited for, and the floor is left to whoever has it.
        """
        ours = self._shown.has_floor
        if ours and tell is not None:
            tell("")
        elif tell is not None:
            await self._others.wait(tell)
        held = HeldFloor(self._connection, name, self._shown, self._known)
        if ours or tell is not None or not self._others.held():
            self._shown.take(name)
        try:
            if not ours:
                await self._silence_others(held)
            yield held
        finally:
            with anyio.CancelScope(shield=True):
                if self._connection.isconnected():
                    await held.release()
                self._shown.give_back(name)
                self._shown.ask_no_more(name)
                if self._connection.isconnected():
                    await self._shown.settled()

    async def _silence_others(self, held: HeldFloor) -> None:
        ghosts = self._others.ghosts()
        async with owned_tasks() as holding:
            for agent in agents(self._connection):
                # Another process of ours holds for nobody, and a ghost answers nothing.
                if agent.identity not in ghosts and not agent.identity.startswith(OUR_PREFIX):
                    holding.start_soon(held.hold, agent)


@asynccontextmanager
async def floors(connection: rtc.Room) -> AsyncIterator[Floors]:
    """Look at the floors of others, and show ours, while the block lasts."""
    shown, questions = Shown(connection), OtherQuestions(connection)
    async with other_floors(connection) as others, owned_tasks() as tasks:
        with handling(
            connection,
            participant_attributes_changed=questions.look_at,
            participant_connected=questions.look,
            participant_disconnected=questions.look,
        ):
            questions.look()
            tasks.start_soon(shown.run)
            try:
                yield Floors(connection, others, questions, shown)
            finally:
                with anyio.CancelScope(shield=True):
                    await shown.end()
                tasks.cancel_scope.cancel()
