"""Sending a worker to a room, seen from the serving side, with a LiveKit server that is none."""

from __future__ import annotations

from dataclasses import dataclass, replace

import anyio
import pytest

from mcp_voice.errors import LiveKitError
from mcp_voice.requests.errands import Errands
from mcp_voice.requests.giving_up import given_up
from mcp_voice.requests.holding import reader
from mcp_voice.room.dispatch_api import Dispatch
from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Place, Progress, Request
from mcp_voice.workers.carriers import DispatchCarriers
from mcp_voice.workers.dispatching import worker_name
from mcp_voice.workers.metadata import Assignment
from testkit.fake_dispatching import FakeDispatching

pytestmark = pytest.mark.anyio

PLACE = Place("ops", "kitchen")
SECRET = "Where did you hide the key?"


@dataclass
class Clock:
    """Of everybody here."""

    now: float = 1000.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


class Stage:
    """A store, a room, and replicas that serve."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.store = MemoryStore(clock=self.clock)
        self.livekit = FakeDispatching()
        self.replica = self.another()

    def another(self) -> DispatchCarriers:
        """One more replica."""

        async def dispatching() -> FakeDispatching:
            return self.livekit

        return DispatchCarriers(self.store, dispatching, clock=self.clock)

    async def pass_seconds(self, seconds: float, *replicas: DispatchCarriers, step: float = 0.5) -> None:
        """Time goes by, and whoever waits calls again and again."""
        until = self.clock.now + seconds
        while self.clock.now < until:
            self.clock.now += step
            for replica in replicas or (self.replica,):
                await replica.see_to(PLACE, name="Claude")


@pytest.fixture
def stage() -> Stage:
    """Of one test."""
    return Stage()


def question() -> Request:
    """Something that is asked."""
    return Request(id="q1", kind="ask", subject="ops", room_name="kitchen", text=SECRET, open_seconds=900)


async def test_a_worker_is_asked_for_once_while_it_comes(stage: Stage) -> None:
    """It takes a moment to start, and a second one would find the place taken."""
    await stage.replica.see_to(PLACE, name="Claude")
    await stage.pass_seconds(3)
    assert [Assignment.read(each) for each in stage.livekit.created] == [Assignment.to(PLACE)]
    assert stage.replica.told(PLACE, ask_id="q1").line == ""


async def test_the_metadata_of_a_dispatch_holds_nothing_that_is_asked(stage: Stage) -> None:
    """LiveKit's server may log it."""
    await stage.store.open(question())
    await stage.replica.see_to(PLACE, name="Claude")
    assert SECRET not in "".join(stage.livekit.created)


async def test_whoever_waits_is_told_in_two_seconds_that_no_worker_is_free(stage: Stage) -> None:
    """LiveKit's server drops such a dispatch, and says nothing."""
    stage.livekit.takes = False
    await stage.replica.see_to(PLACE, name="Claude")
    assert stage.replica.told(PLACE, ask_id="q1").line == ""
    await stage.pass_seconds(2)
    outlook = stage.replica.told(PLACE, ask_id="q1")
    assert "no-worker" in outlook.next
    assert "wait_for_reply(ask_id='q1')" in outlook.next
    assert "no worker is running (start `mcp-voice worker`)" in outlook.line
    assert outlook.why in outlook.next
    assert stage.replica.without_worker == 1
    await stage.store.users.work("one", has_room=False)
    await stage.pass_seconds(3)
    assert "the only worker is full" in stage.replica.told(PLACE, ask_id="q1").next


async def test_what_ends_with_its_call_is_told_to_call_again(stage: Stage) -> None:
    """There is no ask whose reply could be waited for."""
    stage.livekit.takes = False
    await stage.replica.see_to(PLACE, name="")
    await stage.pass_seconds(2)
    assert "wait_for_reply" not in stage.replica.told(PLACE, ask_id="").next


async def test_a_dispatch_that_nobody_took_is_renewed_at_a_bounded_rate_and_leaves_nothing_behind(stage: Stage) -> None:
    """A worker that is started later takes the next one."""
    stage.livekit.takes = False
    await stage.replica.see_to(PLACE, name="Claude")
    await stage.pass_seconds(60)
    assert 11 <= len(stage.livekit.created) <= 16
    assert len(stage.livekit.there) == 1
    stage.livekit.takes = True
    await stage.pass_seconds(6)
    assert stage.replica.told(PLACE, ask_id="q1").line == ""


async def test_one_of_many_replicas_sends(stage: Stage) -> None:
    """Twenty of them whose calls wait in one room do not send twenty workers."""
    stage.livekit.takes = False
    replicas = [stage.another() for _ in range(20)]
    await stage.pass_seconds(10, *replicas)
    assert len(stage.livekit.created) <= 6
    assert all(each.told(PLACE, ask_id="q1").line for each in replicas)


async def test_another_replica_sends_once_the_one_that_did_is_gone(stage: Stage) -> None:
    """What it held runs out."""
    stage.livekit.takes = False
    await stage.replica.see_to(PLACE, name="Claude")
    await stage.pass_seconds(14, stage.another())
    assert len(stage.livekit.created) >= 2


async def test_where_somebody_holds_the_place_nobody_is_sent(stage: Stage) -> None:
    """The next ask of a room goes to the worker that is there."""
    await stage.store.hold(PLACE, worker="AD_0/AJ_0")
    await stage.replica.see_to(PLACE, name="Claude")
    assert stage.livekit.created == []
    assert stage.replica.told(PLACE, ask_id="q1").line == ""
    assert stage.replica.without_worker == 0


async def test_whoever_only_reads_what_was_said_counts_as_no_worker(stage: Stage) -> None:
    """It carries out nothing, and is gone in an instant."""
    await stage.store.hold(PLACE, worker=reader())
    await stage.replica.see_to(PLACE, name="Claude")
    assert len(stage.livekit.created) == 1


@pytest.mark.parametrize("room", ["", "RM_1"])
async def test_where_nobody_is_no_worker_is_sent_and_whoever_waits_is_told_how_somebody_comes_in(
    stage: Stage, room: str
) -> None:
    """LiveKit's server makes a room for whoever asks for an agent; and a worker would do nothing but wait there."""
    stage.livekit.room, stage.livekit.is_alone = room, True
    await stage.pass_seconds(5)
    assert stage.livekit.created == []
    outlook = stage.replica.told(PLACE, ask_id="q1")
    assert outlook.waiting_for == "human"
    assert "join room 'kitchen'" in outlook.next
    assert "no-worker" not in outlook.next
    assert stage.replica.without_worker == 0
    stage.livekit.room, stage.livekit.is_alone = "RM_1", False
    await stage.pass_seconds(1)
    assert len(stage.livekit.created) == 1
    assert stage.replica.told(PLACE, ask_id="q1").next == ""


async def test_livekit_that_cannot_be_reached_is_tried_again_for_a_while(stage: Stage) -> None:
    """It may be restarting: a call that waits must not end by that, and no worker is said to be wanting."""
    stage.livekit.error = LiveKitError("LiveKit cannot be reached.", code="unreachable")
    await stage.pass_seconds(9)
    assert "no worker can be asked for (LiveKit cannot be reached)" in stage.replica.told(PLACE, ask_id="q1").next
    stage.livekit.error = None
    await stage.pass_seconds(1)
    assert (len(stage.livekit.created), stage.replica.told(PLACE, ask_id="q1").next) == (1, "")
    stage.livekit.error = LiveKitError("LiveKit cannot be reached.", code="unreachable")
    with pytest.raises(LiveKitError):
        await stage.pass_seconds(12)


async def test_a_room_that_only_our_dispatch_has_made_is_closed_again(stage: Stage) -> None:
    """It was closed in the instant after we had looked."""
    stage.livekit.makes = "RM_2"
    stage.livekit.leave = True
    await stage.replica.see_to(PLACE, name="Claude")
    assert stage.livekit.closed == ["RM_2"]
    assert stage.livekit.there == []


async def test_a_room_that_people_have_made_again_keeps_its_worker(stage: Stage) -> None:
    """Whoever was asked has come back."""
    stage.livekit.makes = "RM_2"
    await stage.replica.see_to(PLACE, name="Claude")
    assert stage.livekit.closed == []
    assert len(stage.livekit.there) == 1


async def test_a_dead_worker_is_replaced_at_once_and_leaves_neither_dispatch_nor_ghost(stage: Stage) -> None:
    """LiveKit's server says for ever that its job runs, and shows it in the room for 20 s more."""
    state = await stage.store.open(question())
    await stage.replica.see_to(PLACE, name="Claude")
    dead = worker_name("AD_1", "AJ_1")
    await stage.store.hold(PLACE, worker=dead)
    claimed = await stage.store.claim(state, worker=dead)
    assert claimed is not None
    await stage.store.renew(claimed, Progress())
    stage.clock.now += 11
    fresh = stage.another()
    await fresh.see_to(PLACE, name="Claude")
    assert stage.livekit.deleted == ["AD_1"]
    assert stage.livekit.removed == ["mcp-voice-1"]
    assert [each.id for each in stage.livekit.there] == ["AD_2"]


async def test_a_worker_that_took_the_room_and_does_not_come_is_replaced(stage: Stage) -> None:
    """Its process could not be started, and nobody tells."""
    await stage.replica.see_to(PLACE, name="Claude")
    await stage.pass_seconds(7)
    assert stage.livekit.deleted == ["AD_1"]
    assert len(stage.livekit.created) == 2


async def test_workers_that_take_long_to_come_are_waited_for_longer_each_time(stage: Stage) -> None:
    """On a machine that is overloaded each one that is begun anew makes it worse."""
    await stage.pass_seconds(60)
    assert len(stage.livekit.created) == 4


async def test_a_job_that_has_ended_is_followed_by_another(stage: Stage) -> None:
    """It ended just before something was asked."""
    await stage.replica.see_to(PLACE, name="Claude")
    stage.livekit.there = [replace(stage.livekit.there[0], is_over=True)]
    await stage.pass_seconds(2)
    assert len(stage.livekit.created) == 2


async def test_the_dispatches_of_others_and_of_other_subjects_stay(stage: Stage) -> None:
    """Two subjects in one room are two participants."""
    others = [Dispatch("AD_x", Assignment.to(Place("sales", "kitchen")).written(), 1), Dispatch("AD_y", "garbage", 2)]
    stage.livekit.there = list(others)
    stage.livekit.takes = False
    await stage.pass_seconds(10)
    assert stage.livekit.there[:2] == others
    assert not {"AD_x", "AD_y"}.intersection(stage.livekit.deleted)


async def test_a_place_that_nobody_asks_about_any_more_is_forgotten(stage: Stage) -> None:
    """A process that serves for months keeps nothing of each room."""
    stage.livekit.takes = False
    await stage.pass_seconds(3)
    assert stage.replica.without_worker == 1
    stage.clock.now += 11
    assert stage.replica.without_worker == 0


async def test_many_places_without_a_worker_do_not_flood_livekits_server(stage: Stage) -> None:
    """All workers may be down at once."""
    stage.livekit.takes = False
    for number in range(200):
        await stage.replica.see_to(Place(f"team-{number}", "kitchen"), name="")
    assert len(stage.livekit.created) == 50


async def test_what_nobody_has_done_in_time_says_which_it_is(stage: Stage) -> None:
    """A message fails by it, and so does a question that has waited for as long as it may."""
    stage.livekit.takes = False
    await stage.replica.see_to(PLACE, name="Claude")
    await stage.pass_seconds(3)
    failed = Errands(stage.store, stage.replica, "ops", let_go=anyio.Event()).not_done("Nothing was said", "kitchen")
    assert failed.code == "no-worker"
    assert "no worker is running (start `mcp-voice worker`)" in failed.what
    state = await stage.store.open(question())
    stage.clock.now += 901
    state = await stage.store.find(state.request.id, subject="ops")
    for worker, why in (("", "no worker is running"), ("one", "the only worker is full")):
        if worker:
            await stage.store.users.work(worker, has_room=False)
            await stage.pass_seconds(4)
        outcome = given_up(state, why=stage.replica.told(PLACE, ask_id="").why)
        assert outcome is not None
        assert outcome.result is not None
        assert why in outcome.result["next"]
    unknown = given_up(state)
    assert unknown is not None
    assert "could not be spoken in" in str(unknown.result)
