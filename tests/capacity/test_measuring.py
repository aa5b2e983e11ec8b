"""What is measured of this process and its machine."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace

import anyio
import pytest

from mcp_voice.capacity import measured_capacity
from mcp_voice.capacity.machine import Machine, Used
from mcp_voice.errors import Busy
from testkit.simulated_machine import SimulatedRoom
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 10.0
QUICK = "mcp_voice.capacity.measuring.TICK_SECONDS"


def used(at: float, *, idle: float = 0.0, own: float = 0.0, loop: float = 0.0, container: float = 0.0) -> Used:
    """Counters."""
    return Used(at=at, idle=idle, container=container, own=own, loop=loop)


def test_what_is_used_is_what_the_system_counts() -> None:
    """Of this very process, which uses some of it between two looks."""
    machine = Machine()
    before = machine.used(loop=0.0)
    while machine.used(loop=0.0).own <= before.own:
        sum(range(100_000))
    after = machine.used(loop=0.0)
    found = machine.between(before, after, lag=0.1, behind=0.2)
    assert found.own > 0
    assert 0 <= found.idle <= found.cores
    assert (found.lag, found.behind) == (0.1, 0.2)
    assert found.seconds == after.at - before.at


def test_what_is_idle_is_no_more_than_a_container_may_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a processor of a machine with many: the rest of them is somebody else's."""
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    (tmp_path / "cpu.stat").write_text("usage_usec 300000\nuser_usec 1\n")
    monkeypatch.setattr("mcp_voice.capacity.machine.QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr("mcp_voice.capacity.machine.USAGE", tmp_path / "cpu.stat")
    machine = Machine()
    assert machine.cores == 0.5
    assert machine.used(loop=0.0).container == 0.3
    found = machine.between(used(10.0), used(11.0, idle=1.0, container=0.3), lag=0.0, behind=0.0)
    assert found.idle == pytest.approx(0.2)


def test_what_is_idle_is_that_of_our_own_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pinned to two of many that idle, a process would else never be busy."""
    busy, idle = SimpleNamespace(idle=1.0, iowait=0.5), SimpleNamespace(idle=1000.0, iowait=0.0)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {1, 2}, raising=False)
    monkeypatch.setattr("os.sysconf", lambda _: 4)
    monkeypatch.setattr("psutil.cpu_times", lambda *, percpu: [idle, busy, busy, idle] if percpu else idle)
    assert Machine().used(loop=0.0).idle == 3.0
    # One is offline: which of them are ours is not known.
    monkeypatch.setattr("os.sysconf", lambda _: 5)
    assert Machine().used(loop=0.0).idle == 2003.0


async def test_hearing_that_is_behind_refuses_another_room_and_one_that_caught_up_takes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the task that measures, from the ears to the refusal and back."""
    monkeypatch.setattr(QUICK, 0.01)
    monkeypatch.setattr("mcp_voice.capacity.strain.CALM_SECONDS", 0.1)
    behind = 3.0
    async with measured_capacity(most=None, behind=lambda: behind) as capacity:
        capacity.needs(SimulatedRoom(), anyio.current_time())
        await until(lambda: capacity.load() == 1.0, limit=LIMIT)
        with pytest.raises(Busy):
            capacity.refuse_if_busy(anyio.current_time())
        behind = 0.0
        await until(lambda: capacity.load() < 1.0, limit=LIMIT)


async def test_a_machine_that_cannot_be_measured_refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Better too many rooms than none."""

    def fail(*_: object, **__: object) -> Used:
        raise OSError("no such file")

    monkeypatch.setattr(QUICK, 0.01)
    monkeypatch.setattr("mcp_voice.capacity.measuring.IDLE_TICK_SECONDS", 0.01)
    monkeypatch.setattr("mcp_voice.capacity.strain.CALM_SECONDS", 60.0)
    async with measured_capacity(most=None, behind=lambda: 3.0) as capacity:
        capacity.needs(SimulatedRoom(), anyio.current_time())
        await until(lambda: capacity.load() == 1.0, limit=LIMIT)
        monkeypatch.setattr(Machine, "used", fail)
        await until(lambda: capacity.load() == 0.0, limit=LIMIT)
        capacity.refuse_if_busy(anyio.current_time())


async def test_measuring_waits_for_nobody_elses_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """All threads of the program may hang in something; then it is most worth knowing how late everything is."""
    monkeypatch.setattr(QUICK, 0.01)
    limiter = anyio.to_thread.current_default_thread_limiter()
    monkeypatch.setattr(limiter, "total_tokens", 1)
    release = threading.Event()

    async def hang() -> None:
        await anyio.to_thread.run_sync(release.wait)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(hang)
        async with measured_capacity(most=None, behind=lambda: 3.0) as capacity:
            capacity.needs(SimulatedRoom(), anyio.current_time())
            await until(lambda: capacity.load() == 1.0, limit=LIMIT)
        release.set()
