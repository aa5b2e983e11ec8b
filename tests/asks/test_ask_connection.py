"""LiveKit goes away: while we wait, for good, or never was there; and so does the host."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import anyio
import psutil
import pytest
from livekit import api, rtc

from mcp_voice.embedded import embedded_server, ensure, status
from mcp_voice.embedded.keeper.files import Files
from mcp_voice.people.human import Human
from mcp_voice.settings import Settings, load
from testkit.host import Host, ToolFault
from testkit.rig import LIMIT, Rig, after_the_question, ours, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
QUESTION = "What shall we do?"
OUTAGE_SECONDS = 3.0
LONG = "This is a very long question, " * 5 + "is it not?"


def keeper_of(settings: Settings) -> psutil.Process:
    """The process that keeps the embedded server, which dies with it and is not started again by itself."""
    state = Files(status(settings).folder).read_state()
    assert state is not None
    return psutil.Process(state.keeper_pid)


def renewed_at(agent: rtc.RemoteParticipant) -> float:
    """When it last said that it has the floor, in Unix time."""
    return float(agent.attributes.get("mcp_voice.floor_renewed") or 0)


async def test_a_broken_signalling_connection_is_resumed(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """The ask goes on as if nothing had happened; the question is not repeated."""
    async with host.asking(QUESTION, room_name=room) as call:
        await call.reaches("listening")
        joins = rig.gate.joins
        await rig.gate.slam()
        await until(lambda: rig.gate.joins > joins, limit=LIMIT)
        await alice.hears_silence(quiet=0.5, limit=LIMIT)
        await alice.speak(voice_of("the second option"))
    assert call.answer.reply == "the second option"
    assert await host.transcript(room) == [("", QUESTION), ("alice", "the second option")]


async def asked_until_removed(host: Host, rig: Rig, alice: Human, room: str, *, ends_in: str, question: str) -> None:
    """Ask, and be removed by an administrator once the call has come that far."""
    async with host.asking(question, room_name=room) as call:
        await call.reaches(ends_in)
        (identity,) = [each.identity for each in ours(alice)]
        async with rig.api() as server:
            await server.room.remove_participant(api.RoomParticipantIdentity(room=room, identity=identity))
        await call.done(limit=LIMIT)


async def test_who_is_removed_goes_back_by_a_new_call_only(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """Removed while we listen, and again while we speak: each call ends with an error that says so."""
    came: list[str] = []
    alice.connection.on("participant_connected", lambda each: came.append(each.identity))
    for ends_in, question in (("listening", QUESTION), ("speaking", LONG)):
        with pytest.raises(ToolFault, match="an administrator removed it"):
            await asked_until_removed(host, rig, alice, room, ends_in=ends_in, question=question)
        await until(lambda: not ours(alice), limit=LIMIT)
    assert len(came) == 2


async def test_a_room_deleted_during_an_outage_is_not_made_again(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """LiveKit's library makes it by joining anew, so we leave and undo that; once somebody else has, we come back."""
    async with rig.api() as server, host.asking(QUESTION, room_name=room) as call:
        seen_at = time.monotonic()

        async def gone_for_good() -> bool:
            nonlocal seen_at
            if (await server.room.list_rooms(api.ListRoomsRequest(names=[room]))).rooms:
                seen_at = time.monotonic()
            return time.monotonic() > seen_at + 2

        await call.reaches("listening")
        rig.gate.shut()
        await rig.gate.slam()
        await server.room.delete_room(api.DeleteRoomRequest(room=room))
        await until(lambda: not alice.connection.isconnected(), limit=LIMIT)
        rig.gate.open()
        await until(gone_for_good, limit=LIMIT)
        async with rig.person(room, "alice") as again:
            await until(lambda: any(each.attributes.get("mcp_voice.floor") for each in ours(again)), limit=LIMIT)
            await again.subscribed(limit=LIMIT)
            await again.speak(voice_of("the second option"))
            await call.done(limit=LIMIT)
    assert call.answer.reply == "the second option"


async def test_an_ask_survives_the_death_of_the_server(rig: Rig, room: str) -> None:
    """livekit-server is killed while we listen and comes back on its port; the answer after that is the reply."""
    settings = load(state_dir=rig.folder / "mortal", _env_file=None)
    async with embedded_server(settings, grace=0.3) as server:
        mortal = Rig(server, rig.gate, rig.speech, rig.folder)
        async with mortal.host(LIVEKIT_URL=server.url) as asker:
            async with mortal.person(room, "alice") as alice:
                pending = await asker.ask(QUESTION, room_name=room, wait_seconds=0)
                await alice.hears_sound(limit=LIMIT)
                await alice.hears_silence(quiet=0.5, limit=LIMIT)
                killed = status(settings).pid
                psutil.Process(killed).kill()
                await until(lambda: status(settings).pid not in (killed, 0), limit=LIMIT)
                await ensure(settings, grace=0.3)
            async with mortal.person(room, "alice") as back:
                await until(lambda: any(each.attributes.get("mcp_voice.floor") for each in ours(back)), limit=60)
                await back.subscribed(limit=LIMIT)
                await back.speak(voice_of("about twenty percent"))
                answer = await asker.wait(pending.ask_id)
    assert (answer.status, answer.reply) == ("answered", "about twenty percent")


async def test_an_ask_survives_an_outage_of_seconds_with_the_human_staying(rig: Rig, room: str) -> None:
    """livekit-server is gone for 3 s; her client comes back by itself, perhaps later than we: nobody has left."""
    settings = load(state_dir=rig.folder / "away", _env_file=None)
    async with embedded_server(settings, grace=0.3) as server:
        mortal = Rig(server, rig.gate, rig.speech, rig.folder)
        async with mortal.host(LIVEKIT_URL=server.url) as asker, mortal.person(room, "alice") as alice:
            pending = await asker.ask(QUESTION, room_name=room, wait_seconds=0)
            await alice.hears_sound(limit=LIMIT)
            await alice.hears_silence(quiet=0.5, limit=LIMIT)
            back = anyio.Event()
            alice.connection.once("reconnected", back.set)
            keeper_of(settings).kill()
            await until(lambda: not status(settings).running, limit=LIMIT)
            down_at = time.monotonic()
            await until(lambda: time.monotonic() >= down_at + OUTAGE_SECONDS, limit=LIMIT)
            assert (await ensure(settings, grace=0.3)).url == server.url
            returned_at = time.time()
            with anyio.fail_after(60):
                await back.wait()
            # Renewed since: we are back too, and she sees us.
            await until(lambda: any(renewed_at(each) > returned_at for each in ours(alice)), limit=60)
            assert (await asker.wait(pending.ask_id, wait_seconds=0)).status == "pending"
            await alice.speak(voice_of("about twenty percent"))
            answer = await asker.wait(pending.ask_id)
            said = await asker.transcript(room)
    assert (answer.status, answer.reply) == ("answered", "about twenty percent")
    assert said == [("", QUESTION), ("alice", "about twenty percent")]


async def test_we_leave_after_a_quiet_while_and_come_back(rig: Rig, room: str, alice: Human) -> None:
    """Nobody is kept company for ever; the next question joins again."""
    async with rig.host(MCP_VOICE_QUIET_SECONDS="1") as asker:
        for words in ("what time is it", "neither of them"):
            async with asker.asking(f"Well, {words}?", room_name=room) as call:
                await after_the_question(alice, voice_of(words))
            assert call.answer.reply == words
            assert call.answer.timing.connect_ms != 0
            assert ours(alice)
            await until(lambda: not ours(alice), limit=LIMIT)


async def test_a_wrong_secret_is_explained_without_a_token(rig: Rig, room: str, alice: Human) -> None:
    """The SDK's own text holds the whole token; ours names the setting."""
    async with rig.host(LIVEKIT_API_SECRET="w" * 43) as asker:
        with pytest.raises(ToolFault, match="LIVEKIT_API_SECRET") as refused:
            await asker.ask(QUESTION, room_name=room)
    assert "eyJ" not in str(refused.value)


async def test_a_host_that_closes_the_pipe_ends_the_server_and_its_place_in_the_room(
    rig: Rig, room: str, alice: Human
) -> None:
    """End of input: our participant leaves at once, although a question is open, and the process ends."""
    async with rig.host() as asker:
        await asker.ask(QUESTION, room_name=room, wait_seconds=0)
        assert ours(alice)
        process = asker.process
    await until(lambda: not process.is_running(), limit=3)
    await until(lambda: not ours(alice), limit=3)


async def test_a_host_that_is_killed_leaves_nobody_in_the_room(rig: Rig, room: str, alice: Human) -> None:
    """The host dies without a word: its pipe closes, and that is enough."""
    folder = rig.folder / room
    folder.mkdir()
    command = [sys.executable, "-m", "testkit.lonely_host", room, QUESTION, str(folder)]
    environment = {**os.environ, **rig.environment()}
    async with await anyio.open_process(command, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL) as lonely:
        await until(lambda: ours(alice), limit=40)
        await alice.hears_sound(limit=LIMIT)
        servers = psutil.Process(lonely.pid).children()
        assert servers
        lonely.kill()
        await until(lambda: not ours(alice), limit=5)
        await until(lambda: not any(server.is_running() for server in servers), limit=5)
