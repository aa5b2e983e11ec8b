"""The floor: how other agents can tell that we are asking, fall silent for us, and are let finish."""

from __future__ import annotations

import json
import time
from pathlib import Path

import anyio
import pytest
from livekit import rtc

from mcp_voice.people.human import Human
from mcp_voice.tasks import owned_tasks
from testkit.host import Host
from testkit.rig import LIMIT, Rig, after_the_question, ours, voice_of
from testkit.waiting import until
from testkit.wire import wire

pytestmark = pytest.mark.anyio

QUESTION = "What shall we do?"
STATE = "lk.agent.state"
MORE_THAN_A_GHOST = 11.0
"""Seconds for which nobody would be waited for that does not renew its floor."""


def state(person: Human, identity: str) -> str | None:
    """What somebody in the room sees of an agent's state; nothing before they see the agent."""
    agent = person.connection.remote_participants.get(identity)
    return agent.attributes.get(STATE) if agent else None


def shown_by(person: Human, identity: str) -> str:
    """The ask that has the floor by one agent's attributes."""
    agent = person.connection.remote_participants.get(identity)
    return agent.attributes.get("mcp_voice.floor", "") if agent else ""


def floor(person: Human) -> str:
    """The ask that has the floor, as somebody in the room sees it."""
    return next((each.attributes.get("mcp_voice.floor", "") for each in ours(person)), "")


async def test_the_floor_is_shown_while_an_ask_lasts(host: Host, room: str, alice: Human) -> None:
    """Our participant carries the ask's id, is of kind agent, and carries nothing afterwards."""
    async with host.asking(QUESTION, room_name=room) as call:
        await until(lambda: floor(alice), limit=LIMIT)
        shown = floor(alice)
        (we,) = ours(alice)
        assert we.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
        assert float(we.attributes["mcp_voice.floor_renewed"]) > 0
        await after_the_question(alice, voice_of("the second option"))
    assert call.answer.ask_id == shown
    await until(lambda: not floor(alice), limit=LIMIT)
    assert ours(alice)


async def test_the_floor_is_renewed_while_nobody_answers(host: Host, room: str, alice: Human) -> None:
    """An agent that holds back for us can tell that we are still alive."""
    async with host.asking(QUESTION, room_name=room) as call:
        await until(lambda: floor(alice), limit=LIMIT)
        (we,) = ours(alice)
        first = we.attributes["mcp_voice.floor_renewed"]
        await until(lambda: we.attributes.get("mcp_voice.floor_renewed", first) != first, limit=LIMIT)
        call.cancel()


async def test_an_agent_that_can_hold_is_asked_before_the_question_sounds(
    host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """The RPC ``mcp_voice.hold`` names the ask, and nothing is heard until it was answered."""
    held: list[str] = []

    async def hold(call: rtc.RpcInvocationData) -> str:
        assert not alice.heard.sounds
        held.append(json.loads(call.payload)["ask_id"])
        return ""

    async with rig.person(room, "companion", kind="agent") as companion:
        companion.connection.local_participant.register_rpc_method("mcp_voice.hold", hold)
        async with host.asking(QUESTION, room_name=room) as call:
            await after_the_question(alice, voice_of("what time is it"))
    assert call.answer.reply == "what time is it"
    assert held == [call.answer.ask_id]


async def test_an_agent_that_speaks_is_let_finish(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """Somebody else's agent knows nothing of us; its state says when it has stopped speaking."""
    async with rig.person(room, "stranger", kind="agent") as stranger:
        we = stranger.connection.local_participant
        await we.set_attributes({STATE: "speaking"})
        await until(lambda: state(alice, "stranger") == "speaking", limit=LIMIT)
        async with host.asking(QUESTION, room_name=room) as call:
            await until(lambda: floor(alice), limit=LIMIT)
            with pytest.raises(TimeoutError):
                await alice.hears_sound(limit=1.0)
            await we.set_attributes({STATE: "listening"})
            await after_the_question(alice, voice_of("what time is it"))
    assert call.answer.reply == "what time is it"


async def test_an_agent_that_never_stops_speaking_does_not_stop_us(
    host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """Politeness has a limit: after a few seconds the question is asked all the same."""
    async with rig.person(room, "stranger", kind="agent") as stranger:
        await stranger.connection.local_participant.set_attributes({STATE: "speaking"})
        async with host.asking(QUESTION, room_name=room) as call:
            await after_the_question(alice, voice_of("neither of them"))
    assert call.answer.reply == "neither of them"


async def renewing(person: Human, ask_id: str) -> None:
    """Show a floor and renew it, as we do."""
    while True:
        await person.connection.local_participant.set_attributes(
            {"mcp_voice.floor": ask_id, "mcp_voice.floor_renewed": f"{time.time():.3f}"}
        )
        await anyio.sleep(1.0)


async def test_an_agent_of_somebody_else_that_renews_its_floor_is_waited_for_and_named(
    host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """Nothing is heard until it gives the floor back, and the pending result says who has it."""
    async with rig.person(room, "robot-1", name="Robot", kind="agent") as robot, owned_tasks() as tasks:
        tasks.start_soon(renewing, robot, "theirs-1")
        await until(lambda: shown_by(alice, "robot-1") == "theirs-1", limit=LIMIT)
        pending = await host.ask(QUESTION, room_name=room, wait_seconds=0)
        assert (pending.status, pending.waiting_for) == ("pending", "floor")
        assert "Robot" in pending.floor_held_by
        assert "Robot" in pending.next
        with pytest.raises(TimeoutError):
            await alice.hears_sound(limit=MORE_THAN_A_GHOST)
        assert (await host.wait(pending.ask_id, wait_seconds=0)).waiting_for == "floor"
        tasks.cancel_scope.cancel()
    await after_the_question(alice, voice_of("what time is it"))
    assert (await host.wait(pending.ask_id)).reply == "what time is it"


async def test_a_process_killed_with_the_floor_does_not_keep_the_next_one_from_asking(
    host: Host, rig: Rig, room: str, alice: Human, tmp_path: Path
) -> None:
    """Its participant stays in the room for some 20 s and shows a floor that nobody renews."""
    async with wire(tmp_path, rig.environment()) as killed:
        await killed.open()
        asked = {"question": QUESTION, "room_name": room, "wait_seconds": 0}
        await killed.tool("ask_in_room", asked)
        await until(lambda: floor(alice), limit=LIMIT)
        (ghost,) = ours(alice)
        await alice.hears_sound(limit=LIMIT)
        await alice.hears_silence(quiet=0.5, limit=LIMIT)
        killed.process.kill()
        await killed.process.wait()
    async with host.asking("And now?", room_name=room) as call:
        await until(lambda: len(ours(alice)) > 1, limit=LIMIT)
        (we,) = [each.identity for each in ours(alice) if each.identity != ghost.identity]
        await alice.hears_sound(we, limit=LIMIT)
        assert shown_by(alice, ghost.identity)
        await alice.hears_silence(quiet=0.4, limit=LIMIT)
        await alice.speak(voice_of("neither of them"))
    assert call.answer.reply == "neither of them"


async def test_nothing_of_the_session_is_broadcast_to_the_room(host: Host, room: str, alice: Human) -> None:
    """LiveKit's session would send its states, transcripts and usage to everybody in the room."""
    streams: list[str] = []

    def on_stream(_reader: rtc.ByteStreamReader, identity: str) -> None:
        streams.append(identity)

    alice.connection.register_byte_stream_handler("lk.agent.session", on_stream)
    try:
        async with host.asking(QUESTION, room_name=room) as call:
            await after_the_question(alice, voice_of("what time is it"))
        assert call.answer.reply == "what time is it"
        await anyio.lowlevel.checkpoint()
        assert streams == []
    finally:
        alice.connection.unregister_byte_stream_handler("lk.agent.session")
