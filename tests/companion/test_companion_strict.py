"""A companion that is not to be interrupted, asks whether anybody is there, and answers no sentence ahead."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from testkit.babble import babble
from testkit.companion import (
    ANSWER,
    greeted,
    heard_by_model,
    person_in,
    spoken_to,
    talked_over,
)
from testkit.rig import LIMIT, Rig, part_of, voice_of
from testkit.worker import Worker, worker

pytestmark = pytest.mark.anyio
PAUSE_SECONDS = 1.2
"""Long enough for speech to text to end a sentence, and too short to end what is clearly unfinished."""
STRICT = "strict"
"""The name of a companion that does without what the others do by default."""
AWAY_MESSAGE = "Is anybody there?"


@pytest.fixture(scope="module")
async def strict(rig: Rig) -> AsyncIterator[Worker]:
    """A worker for rooms that ask for it, which is not interrupted and does not think ahead."""
    async with worker(
        rig,
        MCP_VOICE_AGENT_NAME=STRICT,
        MCP_VOICE_AGENT_INTERRUPTIONS="false",
        MCP_VOICE_AGENT_PREEMPTIVE="false",
        MCP_VOICE_AGENT_AWAY_SECONDS="3",
        MCP_VOICE_AGENT_AWAY_MESSAGE=AWAY_MESSAGE,
    ) as started:
        yield started


async def test_an_answer_that_may_not_be_interrupted_is_heard_to_its_end(strict: Worker, rig: Rig, room: str) -> None:
    """With MCP_VOICE_AGENT_INTERRUPTIONS=false."""
    async with person_in(rig, room, agent_name=STRICT) as alice:
        identity = await greeted(alice)
        began_at, ended_at = await talked_over(rig, alice, identity, voice_of("that is a good idea"), quiet=0.5)
    assert ended_at - began_at > babble(ANSWER).seconds - 0.5


async def test_a_silent_human_is_asked_whether_they_are_there_and_no_sentence_is_answered_ahead(
    strict: Worker, rig: Rig, room: str
) -> None:
    """With MCP_VOICE_AGENT_AWAY_SECONDS and MCP_VOICE_AGENT_PREEMPTIVE=false."""
    async with person_in(rig, room, agent_name=STRICT) as alice:
        identity = await greeted(alice)
        await spoken_to(rig, AWAY_MESSAGE)
        await alice.hears_sound(identity, limit=LIMIT)
        await alice.hears_silence(identity, quiet=0.5, limit=LIMIT)
        asked = len(rig.speech.chat.asked)
        sentence = "make a copy of the report"
        await alice.speak_all(part_of(sentence, 0, 4), PAUSE_SECONDS, part_of(sentence, 4, 6))
        await alice.hears_sound(identity, limit=LIMIT)
    assert heard_by_model(rig)[asked:] == [sentence]
