"""A companion and a worker that asks in one room: two agents that LiveKit has sent there, of which one speaks."""

from __future__ import annotations

import pytest
from livekit import rtc

from mcp_voice.floor_protocol import FLOOR_ATTRIBUTE
from mcp_voice.people.human import Human
from mcp_voice_agent.learned import Asked, learned
from testkit.asker_worker import WorkerTeam
from testkit.babble import CHARACTER_SECONDS
from testkit.companion import greeted, person_in, replying, requests_after, said_by
from testkit.rig import LIMIT, Rig, after_the_question, ours, voice_of
from testkit.waiting import until
from testkit.worker import worker

pytestmark = pytest.mark.anyio

NAME = "beside-a-worker"
LONG_ANSWER = "This is a very long answer, which goes on and on, and which nobody would hear to its end. " * 4
JITTER_SECONDS = 0.1
"""Two tracks reach an ear through buffers of their own: one ends so much later than it would beside the other."""
FIRST, SECOND = "Which of the two options do you want?", "May I break in?"


def sounded(person: Human, identity: str) -> float:
    """For how many seconds a participant was heard so far."""
    return sum(each.ended_at - each.began_at for each in person.heard.sounds if each.identity == identity)


async def without_floor(asker: rtc.RemoteParticipant) -> None:
    """Wait until it has given the floor back, after a reply has been returned: what is said before is said to it."""
    await until(lambda: not asker.attributes.get(FLOOR_ATTRIBUTE), limit=LIMIT)


async def test_a_companion_is_silent_while_a_worker_asks_and_knows_afterwards_what_was_answered(
    team: WorkerTeam, rig: Rig, room: str
) -> None:
    """Whether it was quiet or in the middle of a sentence; what was said to the worker is nothing that it answers."""
    async with (
        worker(rig, MCP_VOICE_AGENT_NAME=NAME),
        team.worker(),
        team.host() as host,
        person_in(rig, room, agent_name=NAME) as alice,
    ):
        companion = await greeted(alice)
        thought, before = len(rig.speech.chat.asked), sounded(alice, companion)
        async with host.asking(FIRST, room_name=room) as call:
            await after_the_question(alice, voice_of("the second option"))
        assert call.answer.reply == "the second option"
        (asker,) = ours(alice)
        await without_floor(asker)
        assert (len(rig.speech.chat.asked), sounded(alice, companion)) == (thought, before)
        with replying(rig, lambda _: LONG_ANSWER):
            await alice.type("tell me everything")
            await alice.hears_sound(companion, limit=LIMIT)
            async with host.asking(SECOND, room_name=room) as call:
                asked_at = await alice.hears_sound(asker.identity, limit=LIMIT)
                ended_at = max(each.ended_at for each in alice.heard.sounds if each.identity == companion)
                await after_the_question(alice, voice_of("yes please go ahead"))
        assert (call.answer.reply, call.answer.timing.connect_ms) == ("yes please go ahead", 0)
        assert ended_at < asked_at + JITTER_SECONDS
        assert [each.sid for each in ours(alice)] == [asker.sid]
        await without_floor(asker)
        earlier = len(requests_after(rig, "what was that"))  # of other tests
        await alice.type("what was that")
        await until(lambda: len(requests_after(rig, "what was that")) > earlier, limit=LIMIT)
        told = [
            learned(Asked(FIRST, "the second option", "alice")),
            learned(Asked(SECOND, "yes please go ahead", "alice")),
        ]
        messages = said_by("user", requests_after(rig, "what was that")[-1])
        assert messages == [told[0], "tell me everything", told[1], "what was that"]
        await alice.hears_sound(companion, limit=LIMIT)
        # Of the long answer nobody has heard the rest.
        assert sounded(alice, companion) - before < len(LONG_ANSWER) * CHARACTER_SECONDS / 2
