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
from testkit.rig import LIMIT
from testkit.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.long, pytest.mark.timeout(240)]

QUESTION = "Which of the two options do you want?"
ANSWER = "Seven boxes of oranges."


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
