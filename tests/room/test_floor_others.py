"""Other agents' floors: respected while they are renewed and for a limited time, and never where they are forged."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import anyio
import pytest
from livekit import rtc

from mcp_voice.floor_protocol import FLOOR_ATTRIBUTE, RENEWED_ATTRIBUTE
from mcp_voice.room.floor_others import OtherFloors, other_floors
from mcp_voice.settings import load
from mcp_voice.tasks import owned_tasks
from mcp_voice.voices.opening import voice_with
from testkit.fake_floor import FakeFloor
from testkit.fake_link import FakeEngine, FakeLink
from testkit.reporting import unreported
from testkit.waiting import until
from tests.asks.test_links import type_in
from tests.asks.test_listening_survives import LIMIT, spoken_in

pytestmark = pytest.mark.anyio

AGENT = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
HUMAN = rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD
THEIRS = "ask-of-somebody-else"


@dataclass
class Other:
    """A remote participant, as the SDK shows it."""

    identity: str
    name: str = ""
    kind: Any = AGENT
    attributes: dict[str, str] = field(default_factory=dict)


class Room(rtc.EventEmitter[str]):
    """As much of ``rtc.Room`` as is looked at; whoever is in ``alive`` answers calls, others were killed."""

    def __init__(self, *others: Other, alive: bool = True) -> None:
        super().__init__()
        self.remote_participants = {each.identity: each for each in others}
        self.alive = {each.identity for each in others} if alive else set()
        self.called: list[str] = []

    @property
    def local_participant(self) -> Room:
        """We."""
        return self

    async def perform_rpc(self, *, destination_identity: str, max_round_trip_latency: float, **_: object) -> str:
        """Nobody knows the method; who is there says so, and who is not is waited for."""
        self.called.append(destination_identity)
        code = rtc.RpcError.ErrorCode.UNSUPPORTED_METHOD
        if destination_identity not in self.alive:
            await anyio.sleep(max_round_trip_latency)
            code = rtc.RpcError.ErrorCode.CONNECTION_TIMEOUT
        raise rtc.RpcError(code, "no")

    def sets(self, other: Other, **attributes: str) -> None:
        """Somebody changes their attributes."""
        changed = {f"mcp_voice.{name}": value for name, value in attributes.items()}
        other.attributes.update(changed)
        self.emit("participant_attributes_changed", changed, other)

    def renews(self, other: Other, ask_id: str = THEIRS) -> None:
        """Somebody shows a floor, as we do."""
        self.sets(other, floor=ask_id, floor_renewed=f"{time.time():.6f}")

    def looked_at(self) -> Any:
        """``other_floors`` of this room."""
        return other_floors(cast("rtc.Room", self))


@asynccontextmanager
async def for_ever(renew: Callable[[], None]) -> AsyncIterator[None]:
    """Renew twenty times a second while the block lasts."""

    async def go_on() -> None:
        while True:
            renew()
            await anyio.sleep(0.05)

    async with owned_tasks() as tasks:
        tasks.start_soon(go_on)
        yield
        tasks.cancel_scope.cancel()


async def waited_for(floors: OtherFloors) -> list[str]:
    """Wait for the floor; gives all that was told meanwhile."""
    told: list[str] = []
    with anyio.fail_after(LIMIT):
        await floors.wait(told.append)
    return told


async def test_an_agent_that_renews_its_floor_for_ever_is_named_and_then_spoken_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The ask is pending, says who has the floor, and is heard and answered once it has waited long enough."""
    monkeypatch.setattr("mcp_voice.room.floor_others.FLOOR_SECONDS", 1.0)
    greedy = Other("robot-1", "Robot")
    room, engine = Room(greedy), FakeEngine()
    ours = FakeLink.hold_floor

    @asynccontextmanager
    async def behind_others(link: FakeLink, ask_id: str, *, tell: Callable[[str], None]) -> AsyncIterator[FakeFloor]:
        async with room.looked_at() as floors:
            await floors.wait(tell)
        async with ours(link, ask_id, tell=tell) as floor:
            yield floor

    monkeypatch.setattr(FakeLink, "hold_floor", behind_others)
    async with (
        for_ever(lambda: room.renews(greedy)),
        voice_with(load(quiet_seconds=0.2, _env_file=None), engine) as running,
    ):
        pending = await running.ask_in_room("What is it?", room_name="kitchen", wait_seconds=0, report=unreported)
        assert (pending.status, pending.waiting_for) == ("pending", "floor")
        assert "Robot" in pending.floor_held_by
        assert "Robot" in pending.next
        link = await spoken_in(engine, "What is it?")
        assert room.remote_participants["robot-1"].attributes[FLOOR_ATTRIBUTE] == THEIRS
        link.playouts[-1].finish()
        type_in(link, "This.")
        answer = await running.wait_for_reply(pending.ask_id, wait_seconds=LIMIT, report=unreported)
        assert (answer.status, answer.reply) == ("answered", "This.")
        assert answer.timing.first_sound_ms is not None
        assert answer.timing.first_sound_ms >= 1_000


async def test_an_agent_whose_floor_comes_and_goes_is_called_no_more_often_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each time was another call, each of which lasts for seconds where nobody answers."""
    monkeypatch.setattr("mcp_voice.room.floor_others.FLOOR_SECONDS", 0.5)
    flickering, steady = Other("robot-1"), Other("robot-2")
    room = Room(flickering, steady, alive=False)

    def flicker() -> None:
        room.renews(steady)
        for number in range(20):
            room.sets(flickering, floor="")
            room.renews(flickering, f"ask-{number}")

    flicker()
    async with room.looked_at() as floors, for_ever(flicker):
        await waited_for(floors)
    assert sorted(room.called) == ["robot-1", "robot-2"]


async def test_many_agents_that_renew_for_ever_are_waited_for_no_longer_than_the_total(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A new one comes whenever the last has had its time."""
    monkeypatch.setattr("mcp_voice.room.floor_others.FLOOR_SECONDS", 0.4)
    monkeypatch.setattr("mcp_voice.room.floor_others.FLOOR_SECONDS_IN_ALL", 1.0)
    room = Room()

    def come() -> None:
        number = len(room.remote_participants)
        room.remote_participants[f"robot-{number}"] = Other(f"robot-{number}")
        for other in list(room.remote_participants.values()):
            room.renews(other)

    async with room.looked_at() as floors:
        come()
        async with for_ever(come):
            begun = time.monotonic()
            told = await waited_for(floors)
    assert time.monotonic() - begun >= 1.0
    assert told[-1] == ""
    assert len(set(told)) > 2


@pytest.mark.parametrize(
    ("kind", "ask_id", "renewed"),
    [
        pytest.param(HUMAN, THEIRS, "now", id="a human"),
        pytest.param(AGENT, "", "now", id="no ask"),
        pytest.param(AGENT, "no id\nof an ask", "now", id="a sentence"),
        pytest.param(AGENT, "x" * 101, "now", id="too long"),
        pytest.param(AGENT, "ask-ü", "now", id="another alphabet"),
        pytest.param(AGENT, THEIRS, "", id="never renewed"),
        pytest.param(AGENT, THEIRS, "soon", id="no time"),
        pytest.param(AGENT, THEIRS, "inf", id="at the end of time"),
        pytest.param(AGENT, THEIRS, "nan", id="at no time"),
    ],
)
async def test_a_forged_floor_is_ignored(kind: Any, ask_id: str, renewed: str) -> None:
    """At once: before we look, and while we are in the room."""
    forger = Other("eve", kind=kind)
    room = Room(forger)
    value = f"{time.time():.3f}" if renewed == "now" else renewed
    forger.attributes |= {FLOOR_ATTRIBUTE: ask_id, RENEWED_ATTRIBUTE: value}
    async with room.looked_at() as floors:
        assert await waited_for(floors) == [""]
        room.sets(forger, floor=ask_id, floor_renewed=value)
        assert await waited_for(floors) == [""]


async def test_an_agent_that_neither_answers_nor_renews_its_floor_loses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was killed, a moment ago or before we came; from then on it is a ghost that nobody calls."""
    monkeypatch.setattr("mcp_voice.room.floor_others.PROOF_SECONDS", 0.2)
    ghost = Other("robot-1")
    room = Room(ghost, alive=False)
    async with room.looked_at() as floors:
        for _ in range(2):
            room.renews(ghost)
            assert await waited_for(floors) == ["agent 'robot-1'", ""]
            assert floors.ghosts() == {"robot-1"}


@pytest.mark.parametrize("sign_of_life", ["answers", "renews"])
async def test_an_agent_that_is_merely_slow_keeps_its_floor(sign_of_life: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that answers is waited for although it renews late, and one that renews although it answers no call."""
    monkeypatch.setattr("mcp_voice.room.floor_others.PROOF_SECONDS", 0.3)
    slow = Other("robot-1")
    room = Room(slow, alive=sign_of_life == "answers")
    async with room.looked_at() as floors, owned_tasks() as tasks:
        room.renews(slow)
        told: list[str] = []
        tasks.start_soon(floors.wait, told.append)
        async with for_ever(lambda: room.renews(slow) if sign_of_life == "renews" else None):
            await until(lambda: len(room.called) >= 3, limit=LIMIT)
        assert "" not in told
        assert floors.ghosts() == set()
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("ahead", [-1e9, -3_600.0, 3_600.0, 1e9])
async def test_a_clock_that_is_wrong_buys_no_time(ahead: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A renewal of tomorrow or of long ago is waited for no longer than one of now, if no other follows."""
    monkeypatch.setattr("mcp_voice.room.floor_others.STALE_SECONDS", 0.4)
    silent = Other("robot-1", attributes={FLOOR_ATTRIBUTE: THEIRS, RENEWED_ATTRIBUTE: f"{time.time() + ahead:.3f}"})
    async with Room(silent).looked_at() as floors:
        assert (await waited_for(floors))[-1] == ""
        assert floors.ghosts() == {"robot-1"}


async def test_the_floor_is_free_when_its_holder_gives_it_back_or_leaves() -> None:
    """Neither is waited out."""
    agent = Other("robot-1", "Robot")
    room = Room(agent)
    async with room.looked_at() as floors:
        for end in ("gives it back", "leaves"):
            room.renews(agent)
            told: list[str] = []
            async with owned_tasks() as tasks:
                tasks.start_soon(floors.wait, told.append)
                await until(lambda told=told: told, limit=LIMIT)  # type: ignore[misc]
                assert told == ["agent 'Robot'"]
                if end == "leaves":
                    del room.remote_participants["robot-1"]
                    room.emit("participant_disconnected", agent)
                else:
                    room.sets(agent, floor="", floor_renewed="")
                await until(lambda told=told: told[-1] == "", limit=2.0)  # type: ignore[misc]
