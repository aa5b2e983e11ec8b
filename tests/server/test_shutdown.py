"""The end of the server: within 3 s, at any moment, with every room left and no process behind."""

from __future__ import annotations

import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import psutil
import pytest

from mcp_voice.people.human import Human
from testkit.command import family
from testkit.rig import LIMIT, Rig, ours
from testkit.waiting import until
from testkit.wire import Wire, wire

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals; hosts close stdin there"),
]

GONE_SECONDS = 3.0
LEFT_SECONDS = 2.0
QUESTION = "Which of the two options do you want, the first or the second one?"
OFFLINE = {"MCP_VOICE_STT": "offline", "MCP_VOICE_TTS": "offline"}


def tell(number: signal.Signals) -> Callable[[Wire], Awaitable[None]]:
    """A way to end the server."""

    async def send(held: Wire) -> None:
        held.process.send_signal(number)

    return send


async def hang_up(held: Wire) -> None:
    """Close its standard input, as a host does that goes away."""
    assert held.process.stdin is not None
    await held.process.stdin.aclose()


ENDS: dict[str, Callable[[Wire], Awaitable[None]]] = {
    "SIGTERM": tell(signal.SIGTERM),
    "SIGINT": tell(signal.SIGINT),
    "EOF": hang_up,
}
every_end = pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
# Both signals are received in one place, as the tests of `every_end` prove; a room costs seconds.
an_end_of_each_kind = pytest.mark.parametrize("end", [ENDS["SIGTERM"], ENDS["EOF"]], ids=["SIGTERM", "EOF"])


async def ends(held: Wire, end: Callable[[Wire], Awaitable[None]]) -> None:
    """End it; it must be gone in time, with a good exit status, quietly, and with all that it has started."""
    children = family(held.process.pid)[1:]
    await end(held)
    with anyio.fail_after(GONE_SECONDS):
        assert await held.process.wait() == 0
    await until(lambda: not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children))
    assert "Traceback" not in held.stderr


@every_end
async def test_an_idle_server_ends(end: Callable[[Wire], Awaitable[None]], rig: Rig, tmp_path: Path) -> None:
    """A host starts every server it has, and mostly ends them without a call."""
    async with wire(tmp_path, rig.environment()) as held:
        await held.open()
        await ends(held, end)


@every_end
async def test_a_server_that_imports_its_engine_ends(
    end: Callable[[Wire], Awaitable[None]], rig: Rig, tmp_path: Path
) -> None:
    """The import takes seconds in a thread that nobody can stop."""
    async with wire(tmp_path, rig.environment()) as held:
        await held.open()
        await held.call("tools/list")
        await until(lambda: any("livekit" in each.path for each in psutil.Process(held.process.pid).memory_maps()))
        await ends(held, end)


@an_end_of_each_kind
async def test_a_server_that_speaks_ends_and_leaves_the_room(
    end: Callable[[Wire], Awaitable[None]], rig: Rig, room: str, alice: Human, tmp_path: Path
) -> None:
    """Nobody is left with half a sentence and a ghost; the engines of offline speech are processes of their own."""
    async with wire(tmp_path, rig.environment(**OFFLINE)) as held:
        await held.open()
        await held.request("tools/call", {"name": "ask_in_room", "arguments": {"question": QUESTION}})
        await alice.hears_sound(limit=LIMIT)
        assert len(family(held.process.pid)) > 1
        await ends(held, end)
        await until(lambda: not ours(alice), limit=LEFT_SECONDS)


@an_end_of_each_kind
async def test_a_server_that_waits_for_an_answer_ends_and_leaves_the_room(
    end: Callable[[Wire], Awaitable[None]], rig: Rig, room: str, alice: Human, tmp_path: Path
) -> None:
    """In two rooms, and in one of them as a host that has stopped waiting."""
    other = f"{room}-2"
    async with rig.person(other, "bob") as bob, wire(tmp_path, rig.environment()) as held:
        await held.open()
        asked = {"question": "Ready?", "room_name": other, "wait_seconds": 0}
        assert (await held.tool("ask_in_room", asked))["structuredContent"]["status"] == "pending"
        await held.request("tools/call", {"name": "ask_in_room", "arguments": {**asked, "room_name": room}})
        await alice.hears_sound(limit=LIMIT)
        await alice.hears_silence(limit=LIMIT)
        await ends(held, end)
        await until(lambda: not ours(alice) and not ours(bob), limit=LEFT_SECONDS)


async def test_a_killed_server_leaves_no_process_behind(rig: Rig, room: str, alice: Human, tmp_path: Path) -> None:
    """Its children notice by themselves; its place in the room is taken away by LiveKit, which takes 20 s."""
    async with wire(tmp_path, rig.environment(**OFFLINE)) as held:
        await held.open()
        await held.request("tools/call", {"name": "ask_in_room", "arguments": {"question": QUESTION}})
        await alice.hears_sound(limit=LIMIT)
        children = family(held.process.pid)[1:]
        assert children
        held.process.kill()
        await held.process.wait()
        await until(lambda: not any(each.is_running() for each in children), limit=GONE_SECONDS)
