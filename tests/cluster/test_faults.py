"""One part of a cluster after the other is killed, in a room or two: the question goes on, and so does whoever asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from testkit.answering import Answering, answering
from testkit.asking import Asker, Asking
from testkit.cluster import Cluster, cluster
from testkit.host import ToolFault
from testkit.rig import LIMIT
from testkit.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.long, pytest.mark.timeout(240)]

QUESTION = "Which of the two options do you want?"
ANSWER = "Seven boxes of oranges."
HALF_SECONDS = 0.7
"""Of the answer, which takes 1.6 s."""


@asynccontextmanager
async def asked(running: Cluster, room: str, *, first: int = 0) -> AsyncIterator[tuple[Asking, Asker, Answering]]:
    """Somebody is asked and answers; ends with the answer."""
    sound = await running.rig.say(ANSWER)
    async with running.rig.person(room, "alice") as alice, answering(alice, {QUESTION: sound}) as somebody:
        asker, asking = Asker(running), Asking(room, QUESTION, ANSWER)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: asker.ask(asking, first=first))
            yield asking, asker, somebody
        assert asking.is_right, (asking.answer, asking.troubles)
        assert 1 <= somebody.utterances(asking.asked_at, asking.ended_at) <= 2, alice.heard.sounds


async def test_a_question_outlives_the_worker_that_speaks_it(tmp_path: Path, room: str) -> None:
    """Killed in mid-question with all its processes: the other one says that it was cut off, and asks again."""
    async with cluster(tmp_path, replicas=1) as running, asked(running, room) as (_, _, somebody):
        await until(lambda: somebody.hears, limit=2 * LIMIT)
        running.kill(running.workers[running.spoken(QUESTION)[0]])
        await running.rig.synthesized(f"Sorry, I was cut off. {QUESTION}")
    assert sorted(running.spoken(QUESTION)) == [0, 1]


async def test_a_call_goes_on_at_another_replica_than_the_one_that_was_killed(tmp_path: Path, room: str) -> None:
    """In mid-wait: whoever waited waits there, and the question is not spoken again."""
    async with cluster(tmp_path, workers=1) as running, asked(running, room) as (asking, asker, _):
        await until(lambda: asker.waiting[0], limit=2 * LIMIT)
        running.kill(running.replicas[0])
    assert asking.replicas == [0, 1]


async def test_a_question_outlives_the_replica_that_carries_it_out_itself(tmp_path: Path, room: str) -> None:
    """Without workers: killed in mid-question, with the sound; the other replica asks again."""
    async with cluster(tmp_path, workers=0) as running, asked(running, room) as (_, _, somebody):
        await until(lambda: somebody.hears, limit=2 * LIMIT)
        running.kill(running.replicas[0])
        await running.rig.synthesized(f"Sorry, I was cut off. {QUESTION}")


async def test_a_question_is_answered_though_redis_was_restarted_meanwhile(tmp_path: Path, room: str) -> None:
    """Killed and started while somebody speaks: nobody is asked again."""
    async with cluster(tmp_path, workers=1, replicas=1) as running, asked(running, room) as (_, _, somebody):
        await until(lambda: somebody.hears, limit=2 * LIMIT)
        await running.restart_redis()


async def test_a_question_is_answered_though_livekit_was_restarted_meanwhile(tmp_path: Path, room: str) -> None:
    """Killed and started while the question sounds: whoever was there comes back, and is asked again at most once."""
    async with cluster(tmp_path, workers=1, replicas=1) as running, asked(running, room) as (_, _, somebody):
        await until(lambda: somebody.hears, limit=2 * LIMIT)
        await running.restart_livekit()


async def test_half_an_answer_is_none_where_livekit_is_killed_while_it_is_said(tmp_path: Path, room: str) -> None:
    """Nobody hears the rest: they are asked again, answer again, and what was heard before stands beside it at most."""
    async with cluster(tmp_path, workers=1, replicas=1) as running, asked(running, room) as (_, _, somebody):
        await until(lambda: somebody.is_speaking, limit=4 * LIMIT)
        await anyio.sleep(HALF_SECONDS)
        assert somebody.is_speaking
        await running.restart_livekit()
        await running.rig.synthesized(f"Sorry, I was cut off. {QUESTION}")
    assert somebody.answered[QUESTION] == 2


async def test_a_question_in_a_room_that_a_restarted_livekit_does_not_know_yet_waits_for_it(
    tmp_path: Path, room: str
) -> None:
    """Until somebody has joined again; one that never was is an error all the same."""
    async with (
        cluster(tmp_path, workers=1, replicas=1) as running,
        running.rig.person(room, "alice"),
        running.replicas[0].host(running.token) as host,
    ):
        await host.ask(QUESTION, room_name=room, wait_seconds=0)
        await running.restart_livekit()
        again = await host.ask("And when?", room_name=room, wait_seconds=0)
        assert again.status == "pending"
        with pytest.raises(ToolFault, match="There is no room"):
            await host.ask(QUESTION, room_name=f"{room}-none", wait_seconds=0)
