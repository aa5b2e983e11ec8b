"""Asks that a worker carries out: a real worker, a real Redis, a real room, and a server that is in none."""

from __future__ import annotations

import socket

import aiohttp
import anyio
import psutil
import pytest
from livekit import api

from mcp_voice.people.human import Human
from mcp_voice.results import Answer
from mcp_voice.store.users import Fleet
from mcp_voice.workers.metadata import AGENT_NAME
from testkit.asker_worker import WorkerTeam, kill
from testkit.rig import LIMIT, Rig, after_the_question, ours, voice_of
from testkit.stores import shared_store
from testkit.waiting import until

pytestmark = pytest.mark.anyio

ENGINE = ("livekit_ffi", "livekit_local_inference")
"""Of the files that a process has open, those of an engine."""


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


async def figures_at(port: int) -> str:
    """What Prometheus reads of a worker."""
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/metrics") as answer:
        return await answer.text()


async def _ours(server: api.LiveKitAPI, room: str) -> list[str]:
    return [each.id for each in await server.agent_dispatch.list_dispatch(room) if each.agent_name == AGENT_NAME]


def nobody_speaks(person: Human) -> bool:
    """None of ours, by what each shows; one that stalls may be silent in the middle of a sentence."""
    return all(each.attributes.get("lk.agent.state") != "speaking" for each in ours(person))


async def no_dispatch(rig: Rig, room: str) -> None:
    """Wait until none of ours is in a room."""
    async with rig.api() as server:
        with anyio.fail_after(LIMIT):
            while await _ours(server, room):  # noqa: ASYNC110  # its server tells nobody
                await anyio.sleep(0.1)


async def test_a_worker_carries_out_all_that_is_asked_of_a_server_without_an_engine(
    team: WorkerTeam, rig: Rig, room: str, alice: Human
) -> None:
    """Ask, ask again in the same job, cancel, listen, say and chat; then it leaves, and no dispatch stays."""
    port = free_port()
    given = {"MCP_VOICE_QUIET_SECONDS": "4", "MCP_VOICE_WORKER_METRICS_PORT": str(port)}
    async with team.worker(**given) as worker, team.host(MCP_VOICE_NAME="Marvin") as host:
        async with host.asking("Which of the two options do you want?", room_name=room) as call:
            await after_the_question(alice, voice_of("the second option"))
        assert (call.answer.status, call.answer.reply) == ("answered", "the second option")
        assert [each.name for each in ours(alice)] == ["Marvin"]
        first = [each.sid for each in ours(alice)]
        async with host.asking("Shall we?", room_name=room) as call:
            await after_the_question(alice, voice_of("yes please go ahead"))
        assert call.answer.reply == "yes please go ahead"
        assert call.answer.timing.connect_ms == 0
        assert [each.sid for each in ours(alice)] == first
        pending = await host.ask("Is anybody there?", room_name=room, wait_seconds=0)
        assert (await host.cancel(pending.ask_id)).status == "cancelled"
        await alice.speak(voice_of("wait until tomorrow morning"))
        heard = await host.listen(room, wait_seconds=20)
        assert heard.reply == "wait until tomorrow morning"
        said = await host.say("I am done.", room)
        assert (said.status, said.spoken) == ("said", "I am done.")
        sent = await host.call("send_message_to_room", {"message": "in writing", "room_name": room, "as_chat": True})
        assert sent["sent_to"] == ["alice"]
        assert (await alice.chat.next(limit=LIMIT)).text == "in writing"
        mapped = " ".join(each.path for each in psutil.Process(host.process.pid).memory_maps())
        assert not [each for each in ENGINE if each in mapped]
        await until(lambda: not ours(alice), limit=LIMIT)
        await no_dispatch(rig, room)
        figures = await figures_at(port)
        assert 'mcp_voice_worker_requests_total{kind="ask",outcome="answered"} 2.0' in figures
        assert 'mcp_voice_worker_requests_total{kind="say",outcome="said"} 1.0' in figures
        assert "lk_agents_worker_load" in figures
        assert not worker.logged("Traceback")
        assert "second option" not in worker.log.read_text(encoding="utf-8")


async def test_a_worker_is_counted_in_the_store_from_its_registration_to_its_end(team: WorkerTeam) -> None:
    """By that, servers and doctor know whether there is one, and whether it has room."""
    async with shared_store(team.store) as store:

        async def becomes(fleet: Fleet) -> None:
            with anyio.fail_after(LIMIT):
                while await store.users.fleet() != fleet:  # noqa: ASYNC110  # a store tells nobody
                    await anyio.sleep(0.05)

        assert await store.users.fleet() == Fleet(0, 0)
        async with team.worker() as worker:
            await becomes(Fleet(1, 1))
            assert list(await store.users.others()) == []
            worker.process.terminate()
            await becomes(Fleet(0, 0))


async def test_questions_of_two_servers_in_one_room_are_asked_by_one_worker_one_after_the_other(
    team: WorkerTeam, room: str, alice: Human
) -> None:
    """The second is told whose turn it is; each gets the answer to its own, at whichever server it is waited for."""
    questions = "Which one of both shall it be?", "And who shall be told of it?"
    async with team.worker(), team.host() as one, team.host() as two:
        first = await one.ask(questions[0], room_name=room, wait_seconds=0)
        await alice.hears_sound(limit=LIMIT)
        second = await two.ask(questions[1], room_name=room, wait_seconds=0)
        assert (second.waiting_for, second.floor_held_by) == ("floor", first.ask_id)
        worker = [each.sid for each in ours(alice)]
        # It may have sounded to its end while the second one was put.
        await alice.hears_silence(quiet=0.4, limit=LIMIT)
        await until(lambda: nobody_speaks(alice), limit=LIMIT)
        await alice.subscribed(limit=LIMIT)
        await alice.speak(voice_of("the second option"))
        await after_the_question(alice, voice_of("neither of them"))
        answers = await two.wait(first.ask_id), await one.wait(second.ask_id)
        assert [each.reply for each in answers] == ["the second option", "neither of them"]
        assert [each.spoken for each in answers] == list(questions)
        assert [each.sid for each in ours(alice)] == worker


async def test_what_is_said_in_the_room_of_a_worker_is_read_at_every_server_and_known_to_the_next_worker(
    team: WorkerTeam, room: str, alice: Human
) -> None:
    """Also what nobody has asked for, and after the worker has left: it is in the store, and goes on from there."""
    question, unasked = "Which of the two options do you want?", "wait until tomorrow morning"
    lines = [("", question), ("alice", "the second option"), ("alice", unasked)]
    async with team.worker(), team.host() as asks, team.host() as reads:
        async with asks.asking(question, room_name=room) as call:
            await after_the_question(alice, voice_of("the second option"))
        assert call.answer.reply == "the second option"
        first = [each.sid for each in ours(alice)]
        await alice.speak(voice_of(unasked))

        async def reads_all() -> bool:
            return await reads.transcript(room) == lines

        await until(reads_all, limit=LIMIT)
        await until(lambda: not ours(alice), limit=LIMIT)
        assert await asks.transcript(room) == await reads.transcript(room) == lines
        async with reads.asking("Shall we?", room_name=room) as call:
            await after_the_question(alice, voice_of("yes please go ahead"))
        assert call.answer.reply == "yes please go ahead"
        assert [each.text for each in call.answer.said_meanwhile] == [unasked]
        assert [each.sid for each in ours(alice)] != first
        lines += [("", "Shall we?"), ("alice", "yes please go ahead")]
        await until(reads_all, limit=LIMIT)
        assert await asks.transcript(room) == lines


@pytest.mark.long
async def test_a_question_outlives_its_workers(team: WorkerTeam, rig: Rig, room: str, alice: Human) -> None:
    """No worker: told in time. One that comes speaks it, and is killed; the next says so, asks again, and drains."""
    question = "Which of the two options do you want?"
    async with team.host() as host:
        pending = await host.ask(question, room_name=room, wait_seconds=3)
        assert pending.status == "pending"
        assert "no-worker" in pending.next
        async with team.worker() as first:
            await alice.hears_sound(limit=LIMIT)
            kill(first)
            async with team.worker(MCP_VOICE_WORKER_DRAIN_SECONDS="60") as second:
                answers: list[Answer] = []

                async def wait() -> None:
                    answers.append(await host.wait(pending.ask_id, 50))

                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(wait)
                    await rig.synthesized(f"Sorry, I was cut off. {question}")
                    await alice.hears_sound(limit=LIMIT)
                    second.process.terminate()
                    await after_the_question(alice, voice_of("the second option"))
                assert (answers[0].status, answers[0].reply) == ("answered", "the second option")
                with anyio.fail_after(LIMIT):
                    assert await second.process.wait() == 0
        await no_dispatch(rig, room)
