"""Workers in operation: providers and processes that fail, orders to stop, and rooms shared among workers."""

from __future__ import annotations

import signal
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import psutil
import pytest
from livekit import api
from starlette.responses import Response

from mcp_voice.people.human import Human
from mcp_voice.tasks import owned_tasks
from testkit import command
from testkit.babble import babble
from testkit.companion import (
    ANSWER,
    GREETING,
    arrived,
    greeted,
    person_in,
    requests_after,
    said_by,
    spoken,
    talked_over,
)
from testkit.faults import Answer, Fault, status
from testkit.openai_server import Endpoint
from testkit.rig import LIMIT, Rig, voice_of
from testkit.waiting import until
from testkit.worker import COMMAND, Worker, companions, worker

pytestmark = pytest.mark.anyio

SPARE, PAIR, MORTAL, STEADY, HASTY = "spare", "pair", "mortal", "steady", "hasty"
"""Names of agents, so that each test's workers have its own rooms only."""
ROOMS = 10


@pytest.fixture(scope="module")
async def spare(rig: Rig) -> AsyncIterator[Worker]:
    """A worker with two providers for each part, which does not go on where it was interrupted."""
    async with worker(
        rig,
        MCP_VOICE_AGENT_NAME=SPARE,
        MCP_VOICE_AGENT_RESUME="false",
        MCP_VOICE_AGENT_STT="openai/whisper-1,openai/gpt-4o-transcribe",
        MCP_VOICE_AGENT_LLM="openai/gpt-4.1-mini,openai/gpt-4.1",
        MCP_VOICE_AGENT_TTS="openai/tts-1:alloy,openai/tts-1-hd:alloy",
    ) as started:
        yield started


def only(endpoint: Endpoint, model: str, fault: Fault) -> Fault:
    """A fault of one model; the others answer."""

    async def answer(given: Answer) -> Response:
        if endpoint.asked[-1].model == model:
            return await fault(given)
        return Response(given.body, media_type=given.media_type)

    return answer


def rooms_processes(started: Worker) -> list[psutil.Process]:
    """The processes of a worker's rooms, which are forked by one that the worker has started."""
    children = psutil.Process(started.process.pid).children(recursive=True)
    return [each for each in children if each.ppid() != started.process.pid]


async def answered(person: Human, rig: Rig, text: str) -> None:
    """Type something and have it said back."""
    await person.type(text)
    await until(lambda: any(f"You said: {text}" in each for each in spoken(rig)), limit=LIMIT)


async def closed(rig: Rig, room: str) -> None:
    """Close a room."""
    async with rig.api() as server:
        await server.room.delete_room(api.DeleteRoomRequest(room=room))


async def test_the_next_provider_is_used_where_the_first_is_down(spare: Worker, rig: Rig, room: str) -> None:
    """Of speech to text, of the language model and of text to speech, all at once."""
    speech, hearing, chat = rig.speech.speech, rig.speech.transcriptions, rig.speech.chat
    before = len(speech.asked), len(hearing.asked), len(chat.asked)
    with (
        speech.failing(only(speech, "tts-1", status(500))),
        hearing.failing(only(hearing, "whisper-1", status(500))),
        chat.failing(only(chat, "gpt-4.1-mini", status(500))),
    ):
        async with person_in(rig, room, agent_name=SPARE) as alice:
            identity = await greeted(alice)
            await alice.speak(voice_of("that is a good idea"))
            await alice.hears_sound(identity, limit=LIMIT)
    assert said_by("user", requests_after(rig, "that is a good idea")[-1]) == ["that is a good idea"]
    for endpoint, start, models in zip(
        (speech, hearing, chat), before,
        (["tts-1", "tts-1-hd"], ["whisper-1", "gpt-4o-transcribe"], ["gpt-4.1-mini", "gpt-4.1"]), strict=True,
    ):  # fmt: skip
        assert list(dict.fromkeys(asked.model for asked in endpoint.asked[start:])) == models


async def test_a_cough_over_an_answer_may_end_it(spare: Worker, rig: Rig, room: str) -> None:
    """With MCP_VOICE_AGENT_RESUME=false."""
    async with person_in(rig, room, agent_name=SPARE) as alice:
        identity = await greeted(alice)
        # It is listened to for longer than it would take to go on.
        began_at, ended_at = await talked_over(
            rig, alice, identity, babble("ahem ahem ahem"), quiet=3.5, limit=2 * LIMIT
        )
    assert ended_at - began_at < babble(ANSWER).seconds - 0.5


async def test_an_agent_comes_to_a_room_that_asks_for_it_by_name_only(spare: Worker, rig: Rig, room: str) -> None:
    """Explicit dispatch, by the server's API, into a room that is there already."""
    async with person_in(rig, room, agent_name="somebody else") as alice:
        with pytest.raises(TimeoutError):
            await until(lambda: companions(alice), limit=2.0)
        async with rig.api() as server:
            await server.agent_dispatch.create_dispatch(api.CreateAgentDispatchRequest(agent_name=SPARE, room=room))
        await greeted(alice)
        (companion,) = companions(alice)
        assert companion.attributes["lk.agent.name"] == SPARE


async def test_a_companion_whose_process_is_killed_is_replaced_at_once(spare: Worker, rig: Rig, room: str) -> None:
    """The room is told that it is gone, and LiveKit sends another."""
    async with person_in(rig, room, agent_name=SPARE) as alice:
        before = set(rooms_processes(spare))
        identity = await greeted(alice)
        for process in set(rooms_processes(spare)) - before or rooms_processes(spare):
            process.kill()
        await until(lambda: identity not in alice.connection.remote_participants, limit=LIMIT)
        another = await greeted(alice)
        assert another != identity
        await answered(alice, rig, "are you the new one")


async def test_a_companion_that_is_removed_stays_away(spare: Worker, rig: Rig, room: str) -> None:
    """By an administrator: what asked for it is taken back, so no worker misses it; a new dispatch brings one."""
    async with person_in(rig, room, agent_name=SPARE) as alice, rig.api() as server:
        identity = await greeted(alice)
        await server.room.remove_participant(api.RoomParticipantIdentity(room=room, identity=identity))

        async def taken_back() -> bool:
            return not await server.agent_dispatch.list_dispatch(room)

        await until(taken_back, limit=LIMIT)
        assert not companions(alice)
        await server.agent_dispatch.create_dispatch(api.CreateAgentDispatchRequest(agent_name=SPARE, room=room))
        assert await arrived(alice) != identity


@pytest.mark.long
async def test_another_worker_takes_over_when_a_whole_worker_is_killed(rig: Rig, room: str) -> None:
    """The human stays in the room all the while, and one companion comes.

    LiveKit's server shows the killed companion for 20 s more, which ``test_companion_partition.py`` waits for; here it
    is told at once.
    """
    settings = {"MCP_VOICE_AGENT_NAME": MORTAL, "MCP_VOICE_AGENT_RELIEF_SECONDS": "1", "MCP_VOICE_LOG_LEVEL": "DEBUG"}
    async with (
        worker(rig, **settings) as one,
        worker(rig, **settings) as other,
        rig.api() as server,
        person_in(rig, room, agent_name=MORTAL) as alice,
    ):
        identity = await greeted(alice)
        mortal, spared = (one, other) if one.logged("received job request") else (other, one)
        await until(lambda: spared.logged("1 with a companion"), limit=LIMIT)
        for process in command.family(mortal.process.pid):
            process.kill()
        await server.room.remove_participant(api.RoomParticipantIdentity(room=room, identity=identity))
        await until(lambda: identity not in alice.connection.remote_participants, limit=LIMIT)
        await greeted(alice)
        assert len(companions(alice)) == 1


async def test_a_worker_that_is_told_to_stop_finishes_its_conversations(rig: Rig, room: str) -> None:
    """It takes no new room meanwhile, and ends by itself."""
    settings = {"MCP_VOICE_AGENT_NAME": STEADY, "MCP_VOICE_AGENT_DRAIN_SECONDS": "60"}
    async with (
        worker(rig, "start", "--simulation", **settings) as steady,
        person_in(rig, room, agent_name=STEADY) as alice,
    ):
        await greeted(alice)
        steady.process.send_signal(signal.SIGTERM)
        await until(lambda: steady.logged("draining worker"), limit=LIMIT)
        await answered(alice, rig, "are you still working")
        async with person_in(rig, f"{room}-new", agent_name=STEADY) as late:
            with pytest.raises(TimeoutError):
                await until(lambda: companions(late), limit=2.0)
        assert steady.process.returncode is None
        await closed(rig, room)
        with anyio.fail_after(LIMIT):
            assert await steady.process.wait() == 0


@pytest.mark.long
async def test_a_worker_that_is_told_to_stop_waits_no_longer_than_it_may(rig: Rig, room: str) -> None:
    """With MCP_VOICE_AGENT_DRAIN_SECONDS; the companion leaves in good order."""
    async with (
        worker(rig, "start", "--simulation", MCP_VOICE_AGENT_NAME=HASTY, MCP_VOICE_AGENT_DRAIN_SECONDS="1") as hasty,
        person_in(rig, room, agent_name=HASTY) as alice,
    ):
        await greeted(alice)
        hasty.process.send_signal(signal.SIGTERM)
        await until(lambda: not companions(alice), limit=LIMIT)
        with anyio.fail_after(LIMIT):
            await hasty.process.wait()
        assert hasty.logged("session ended")


@pytest.mark.alone
@pytest.mark.long
async def test_two_workers_share_ten_rooms(rig: Rig) -> None:
    """By LiveKit's own dispatch: everybody is greeted, and both workers have rooms."""
    before = spoken(rig).count(GREETING)

    async def visit() -> None:
        async with person_in(rig, f"room-{uuid.uuid4().hex[:6]}", agent_name=PAIR) as person:
            await greeted(person)

    async with worker(rig, MCP_VOICE_AGENT_NAME=PAIR) as one, worker(rig, MCP_VOICE_AGENT_NAME=PAIR) as other:
        async with owned_tasks() as tasks:
            for _ in range(ROOMS):
                tasks.start_soon(visit)
        shares = [each.log.read_text(encoding="utf-8").count("received job request") for each in (one, other)]
    # One more may come late, of the test before.
    assert spoken(rig).count(GREETING) - before >= ROOMS
    assert sum(shares) == ROOMS
    assert min(shares) > 0


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("MCP_VOICE_AGENT_LLM", "nobody/x", "MCP_VOICE_AGENT_LLM: unknown provider 'nobody'."),
        ("MCP_VOICE_AGENT_DRAIN_SECONDS", "soon", "MCP_VOICE_AGENT_DRAIN_SECONDS"),
    ],
)
async def test_a_wrong_setting_stops_the_start_with_one_sentence(
    rig: Rig, setting: str, value: str, sentence: str
) -> None:
    """What would break every conversation is told before the first, without a traceback."""
    folder = rig.folder / uuid.uuid4().hex[:8]
    folder.mkdir()
    with anyio.fail_after(2 * LIMIT):
        done = await anyio.run_process(
            [*COMMAND, "start"], cwd=folder, env=command.environment(rig.environment(**{setting: value})), check=False
        )
    assert done.returncode == 1
    assert done.stdout == b""
    (line,) = done.stderr.decode().splitlines()
    assert sentence in line


async def test_a_console_without_a_sound_library_says_what_to_install(rig: Rig, tmp_path: Path) -> None:
    """LiveKit's own console ends in a traceback there."""
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')\n", encoding="utf-8")
    settings = rig.environment(MCP_VOICE_AGENT_LLM="openai/gpt-4.1-mini")
    with anyio.fail_after(2 * LIMIT):
        done = await anyio.run_process(
            [*COMMAND, "console"], cwd=tmp_path, env=command.environment(settings), check=False
        )
    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert "PortAudio library not found. Install PortAudio" in line


async def test_connect_joins_one_room(rig: Rig, room: str) -> None:
    """``connect --room NAME``: no dispatch, no registration."""
    async with (
        person_in(rig, room, agent_name="nobody") as alice,
        worker(rig, "connect", "--room", room, ready="starting worker"),
    ):
        await greeted(alice)
        await answered(alice, rig, "is this the room")
