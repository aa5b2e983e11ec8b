"""How many rooms are entered, on machines that are simulated."""

from __future__ import annotations

import pytest

from mcp_voice.capacity import Capacity
from mcp_voice.errors import Busy
from testkit.simulated_machine import SimulatedMachine


@pytest.fixture
def machine() -> SimulatedMachine:
    """Two processors, of which a room that is asked takes a tenth, measured for a while."""
    machine = SimulatedMachine()
    machine.runs(10)
    return machine


def filled(machine: SimulatedMachine, *, seconds: float = 120.0) -> None:
    """Ask in ever more rooms, as often as may be."""
    until = machine.now + seconds
    while machine.now < until:
        machine.burst(25)
        machine.runs(0.5)


def test_of_a_burst_only_those_are_taken_whose_cost_fits_before_any_of_it_shows(machine: SimulatedMachine) -> None:
    """25 calls within a second meet the same measurements, in which nothing is heard yet."""
    taken, refused = machine.burst(25)
    assert 4 <= taken <= 9
    assert len(refused) == 25 - taken
    machine.runs(1)
    assert machine.burst(25)[0] == 0


def test_those_that_were_refused_in_a_burst_fit_after_the_seconds_that_they_were_told(
    machine: SimulatedMachine,
) -> None:
    """Entering costs more than being there: it is over after 3 s, and so they are told."""
    _, refused = machine.burst(25)
    assert {busy.again_seconds for busy in refused} == {3}
    machine.runs(refused[0].again_seconds)
    assert machine.burst(25)[0] >= 2


def test_a_machine_is_filled_and_no_further(machine: SimulatedMachine) -> None:
    """Whoever goes on asking for minutes never makes what is heard suffer."""
    filled(machine)
    assert 12 <= len(machine.rooms) <= 18
    assert machine.demand <= machine.cores * 0.9
    with pytest.raises(
        Busy, match=rf"^Busy: {len(machine.rooms)} rooms are being heard, and this machine can take no "
    ):
        machine.asked()


def test_a_full_machine_says_so_before_the_room_is_looked_up(machine: SimulatedMachine) -> None:
    """Unless a room that nobody needs could be left for it: that one is left only for a room that there is."""
    machine.capacity.refuse_if_full(machine.now)
    filled(machine)
    with pytest.raises(Busy):
        machine.capacity.refuse_if_full(machine.now)
    machine.rooms[0].is_asked = False
    machine.runs(1)
    machine.capacity.refuse_if_full(machine.now)
    assert machine.rooms[0].in_use


def test_what_others_do_for_each_room_on_the_same_machine_is_learnt(machine: SimulatedMachine) -> None:
    """A LiveKit server beside us takes as much again."""
    machine.side = 2.0
    filled(machine)
    assert 5 <= len(machine.rooms) <= 9
    assert machine.demand * machine.side <= machine.cores * 0.95


def test_rooms_in_which_nobody_is_asked_now_count_as_if_all_were_asked_at_once(machine: SimulatedMachine) -> None:
    """Else fifty warm rooms are entered cheaply, and the next round of questions is wrong in all of them."""
    for _ in range(20):
        machine.asked()
        machine.runs(3)
        for room in machine.rooms:
            room.is_asked, room.may_go = False, False
        machine.runs(3)
        if machine.capacity.load() == 1.0:
            break
    assert 10 <= len(machine.rooms) <= 18
    for room in machine.rooms:
        room.is_asked = True
    assert machine.demand <= machine.cores * 0.95


def test_a_room_that_nobody_needs_is_left_for_one_that_somebody_does(machine: SimulatedMachine) -> None:
    """A warm stay spares the next question a join; it is no reason to refuse another one."""
    filled(machine)
    kept = len(machine.rooms)
    machine.rooms[3].is_asked = False
    machine.runs(1)
    machine.asked()
    assert not machine.rooms[3].in_use
    assert sum(room.in_use for room in machine.rooms) == kept


def test_a_room_in_which_somebody_is_speaking_is_not_left_for_another_one(machine: SimulatedMachine) -> None:
    """No word of theirs is lost to a question elsewhere."""
    filled(machine)
    for room in machine.rooms:
        room.is_asked = room.may_go = False
    machine.runs(0.5)
    assert machine.burst(1)[0] == 0
    assert all(room.in_use for room in machine.rooms)


def test_a_machine_on_which_we_get_nothing_serves_one_room() -> None:
    """Whatever else runs there, and from the start."""
    machine = SimulatedMachine(others=2.5)
    machine.runs(10)
    assert machine.capacity.load() < 1.0
    assert machine.burst(25)[0] == 1


def test_a_machine_whose_other_work_makes_way_is_used_by_a_quarter() -> None:
    """A compiler in the background leaves nothing idle, and takes nothing from us: that is no reason to refuse."""
    machine = SimulatedMachine(others=2.0, yields=True)
    machine.runs(10)
    assert 2 <= machine.burst(25)[0] <= 3
    filled(machine, seconds=60)
    assert 4 <= len(machine.rooms) <= 6


def test_a_spike_of_another_program_refuses_for_some_seconds_only(machine: SimulatedMachine) -> None:
    """Somebody opens a browser."""
    machine.asked()
    machine.runs(5)
    machine.others = 2.5
    machine.runs(1)
    machine.others = 0.0
    machine.runs(4)
    assert machine.burst(1)[0] == 1


def test_one_stall_of_the_event_loop_refuses_nobody(machine: SimulatedMachine) -> None:
    """A model is loaded, or the collector runs."""
    machine.asked()
    machine.runs(5)
    machine.lag = 0.6
    machine.runs(0.5)
    machine.lag = 0.0
    assert machine.burst(1)[0] == 1


@pytest.mark.parametrize("late", ["lag", "behind"])
def test_where_the_rooms_suffer_none_is_entered_until_it_has_been_calm_for_a_while(
    machine: SimulatedMachine, late: str
) -> None:
    """However idle the machine seems: what counts is how late they are heard. It does not swing to and fro."""
    machine.asked()
    machine.runs(5)
    setattr(machine, late, 0.6)
    machine.runs(2)
    assert machine.capacity.load() == 1.0
    with pytest.raises(Busy) as refused:
        machine.asked()
    assert refused.value.again_seconds == 3
    setattr(machine, late, 0.0)
    machine.runs(1)
    assert machine.burst(1)[0] == 0
    machine.runs(2)
    assert machine.burst(1)[0] == 1


def test_an_event_loop_at_its_limit_takes_no_more_rooms_however_many_processors_are_idle() -> None:
    """It is one thread: a machine of 64 processors bears hardly more rooms in one process than one of four."""
    machine = SimulatedMachine(cores=64.0)
    machine.runs(10)
    filled(machine)
    assert 10 <= len(machine.rooms) <= 16


def test_the_time_to_ask_again_is_how_long_the_rooms_are_asked(machine: SimulatedMachine) -> None:
    """Of seven rooms that take a minute each one is free in nine seconds on the average."""
    machine.side = 2.0
    for _ in range(12):
        room = machine.asked()
        machine.runs(60)
        room.done()
        machine.runs(1)
    filled(machine, seconds=30)
    asked = sum(room.in_use for room in machine.rooms)
    with pytest.raises(Busy) as refused:
        machine.asked()
    assert 50 / asked < refused.value.again_seconds < 70 / asked


def test_a_machine_that_suffers_still_leaves_a_room_that_nobody_needs_for_one_that_somebody_does(
    machine: SimulatedMachine,
) -> None:
    """As many are heard as before, one after the other: a machine that others keep busy must not refuse for ever."""
    for _ in range(3):
        machine.asked(is_asked=False)
        machine.runs(4)
    machine.lag = 0.6
    machine.runs(2)
    assert machine.burst(3)[0] == 1
    assert sum(room.in_use for room in machine.rooms) == 3
    machine.runs(4)
    assert machine.burst(3)[0] == 1


def test_a_number_that_is_set_is_kept_whatever_is_measured() -> None:
    """For whoever knows better."""
    machine = SimulatedMachine(Capacity(most=3), others=3.0)
    machine.runs(10)
    assert machine.burst(25)[0] == 3
    machine.runs(10)
    assert machine.burst(1)[0] == 0
    machine.rooms[0].done()
    assert machine.burst(2)[0] == 1


def test_without_measurements_nothing_is_refused() -> None:
    """A process that carries no sound, and a system that tells nothing."""
    assert SimulatedMachine().burst(25)[0] == 25


def test_the_load_grows_to_one_where_the_next_room_is_refused(machine: SimulatedMachine) -> None:
    """LiveKit gives rooms to the worker whose load is lowest, and none to one that is full."""
    loads = [machine.capacity.load()]
    while machine.burst(1)[0]:
        machine.runs(5)
        loads.append(machine.capacity.load())
    assert loads == sorted(loads)
    assert loads[0] < 0.1
    assert loads[-1] == 1.0
