"""A companion that cannot reach LiveKit's server for a while, and comes back when another one has its room."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import psutil
import pytest
from livekit import api, rtc

from mcp_voice.embedded.binary import find_or_build
from mcp_voice.people.human import Human, human
from mcp_voice.room.access import Access, token
from mcp_voice.settings import load
from testkit.companion import arrived, greeted
from testkit.cut_process import cut_off, sockets
from testkit.partition import Machine, machine, server_at
from testkit.rig import LIMIT, Rig
from testkit.waiting import until
from testkit.worker import COMMAND, companions, worker

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.long,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Only Linux has network namespaces."),
]

NAME, ROOM = "cut-off", "kitchen"
GONE_SECONDS = 60.0
"""LiveKit's server shows who cannot be reached for 20 s, on a machine that is not busy."""
MOST_SECONDS_WITH_TWO = 5.0


@contextmanager
def counted(person: Human) -> Iterator[list[float]]:
    """For how long, each time, there was more than one companion in the room; the last time may still last."""
    spans: list[float] = []
    began: list[float] = []

    def look(*_: rtc.RemoteParticipant) -> None:
        if len(companions(person)) > 1:
            began.append(time.monotonic())
        elif began:
            spans.append(time.monotonic() - began[0])
            began.clear()

    person.connection.on("participant_connected", look)
    person.connection.on("participant_disconnected", look)
    yield spans
    if began:
        spans.append(time.monotonic() - began[0])


@contextmanager
def unreachable(pid: int) -> Iterator[None]:
    """Stop a worker's process, but not those of its rooms: LiveKit's server asks it in vain to end a job."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def on(far: Machine, folder: Path) -> AsyncIterator[dict[str, str]]:
    """A LiveKit server that a second machine reaches; gives the settings of companions of it."""
    binary = await find_or_build(load(_env_file=None), progress=print)
    async with server_at(far.here, binary=str(binary), folder=folder) as server:
        yield {
            "LIVEKIT_URL": server.url,
            "LIVEKIT_API_KEY": server.api_key,
            "LIVEKIT_API_SECRET": server.api_secret,
            "MCP_VOICE_STT": "offline",
            "MCP_VOICE_TTS": "offline",
            "MCP_VOICE_AGENT_NAME": NAME,
            "MCP_VOICE_AGENT_RELIEF_SECONDS": "1",
            "MCP_VOICE_LOG_LEVEL": "DEBUG",
        }


@asynccontextmanager
async def somebody(settings: dict[str, str], room: str) -> AsyncIterator[Human]:
    """A human in a room for which a companion was asked."""
    access = Access(settings["LIVEKIT_URL"], settings["LIVEKIT_API_KEY"], settings["LIVEKIT_API_SECRET"])
    async with api.LiveKitAPI(access.url, access.api_key, access.api_secret) as livekit:
        agents = [api.RoomAgentDispatch(agent_name=NAME)]
        await livekit.room.create_room(api.CreateRoomRequest(name=room, agents=agents))
    joining = token(access, room_name=room, identity="alice", name="Alice", kind="standard")
    async with human(access.url, joining) as person:
        yield person


def process_of_a_room(far: Machine) -> psutil.Process:
    """Of the one room that a machine has: the process with sockets for sound."""
    (pid,) = (pid for pid, open_ones in sockets(far.namespace).items() if "udp" in dict(open_ones))
    return psutil.Process(pid)


@pytest.fixture
def far() -> Iterator[Machine]:
    """A second machine."""
    assert os.geteuid() == 0, (
        f"Only root may make a second machine: sudo ./scripts/test tests/companion/dispatch/{Path(__file__).name}"
    )
    assert shutil.which("ip"), "A second machine is made by iproute2: apt install iproute2"
    with machine() as made:
        yield made


async def test_a_companion_that_comes_back_after_a_partition_leaves_the_room_to_the_one_that_took_over(
    rig: Rig, far: Machine, tmp_path: Path
) -> None:
    """Neither its worker nor LiveKit's server can tell it; for 5 s at most there are two."""
    async with (
        on(far, tmp_path) as settings,
        worker(rig, program=far.program(COMMAND), **settings) as first,
        somebody(settings, ROOM) as alice,
    ):
        old = await greeted(alice)
        async with worker(rig, **settings) as second:
            await until(lambda: second.logged("1 with a companion"), limit=LIMIT)
            with counted(alice) as spans, unreachable(first.process.pid):
                far.cut()
                await until(lambda: old not in alice.connection.remote_participants, limit=GONE_SECONDS)
                new = await arrived(alice)
                far.mend()
                await until(lambda: old in alice.connection.remote_participants, limit=LIMIT)
                await until(lambda: old not in alice.connection.remote_participants, limit=LIMIT)
            assert [each.identity for each in companions(alice)] == [new]
            assert max(spans) <= MOST_SECONDS_WITH_TWO
            await until(lambda: first.logged("another companion has taken over"), limit=LIMIT)


async def test_a_companion_whose_process_alone_was_cut_off_is_replaced_and_does_not_come_back(
    rig: Rig, far: Machine, tmp_path: Path
) -> None:
    """Its worker and the worker's other rooms are well; for 5 s at most there are two."""
    assert shutil.which("iptables"), "A process is cut off by iptables: apt install iptables"
    async with (
        on(far, tmp_path) as settings,
        worker(rig, program=far.program(COMMAND), **settings),
        somebody(settings, ROOM) as alice,
    ):
        old = await greeted(alice)
        process = process_of_a_room(far)
        async with somebody(settings, "hall") as bob:
            other = await greeted(bob)
            with counted(alice) as spans:
                with cut_off(process.pid, namespace=far.namespace):
                    await until(lambda: old not in alice.connection.remote_participants, limit=GONE_SECONDS)
                    new = await arrived(alice)
                await until(lambda: not process.is_running(), limit=LIMIT)
            assert [each.identity for each in companions(alice)] == [new]
            assert [each.identity for each in companions(bob)] == [other]
            assert max(spans, default=0.0) <= MOST_SECONDS_WITH_TWO
