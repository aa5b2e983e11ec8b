"""To whose question it goes what somebody has said: one of ours that is over takes nothing from another process's."""

from __future__ import annotations

import asyncio

import pytest

from mcp_voice.link.questions import Question
from mcp_voice.participants import EVERYBODY
from mcp_voice.turns.delivery import Delivery
from mcp_voice.turns.pending import PendingReply
from mcp_voice.turns.transcript import Transcript

pytestmark = pytest.mark.anyio


def waited_for(since: float) -> PendingReply:
    """A reply that is waited for, to a question that is heard from then on."""
    return PendingReply(EVERYBODY, (), asyncio.get_running_loop().create_future(), since=since)


@pytest.mark.parametrize("again", ["spoken once more", "asked by an ask that hung, which is given up"])
async def test_after_our_answer_the_older_question_of_another_is_the_last_again(again: str) -> None:
    """A question that a mailbox spoke over stayed open for ever: answers to others came to our model as well."""
    others = [Question(EVERYBODY, asked_at=1.0, asker="mcp-voice-1")]
    delivery = Delivery(Transcript(), "en", lambda: others)
    first = waited_for(2.0)
    delivery.asked(first)
    assert not delivery.is_anothers("alice", 2.5)
    if again == "spoken once more":
        second, first.since = first, 3.0
    else:
        second = waited_for(3.0)
    delivery.asked(second)
    assert not delivery.is_anothers("alice", 2.5)
    assert not delivery.is_anothers("alice", 3.5)
    delivery.over(second, 4.0)
    delivery.over(first, 4.5)
    assert delivery.is_anothers("alice", 5.0)
