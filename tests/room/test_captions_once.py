"""Nobody is captioned twice: not by another agent beside us, and not by two of ours."""

from __future__ import annotations

import pytest

from testkit.caption_room import AGENT, HUMAN, SESSION, Floor, Room, captioning, says
from testkit.waiting import until

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("identity", "kind", "attributes", "sent"),
    [
        ("companion", AGENT, SESSION, False),
        ("recorder", AGENT, {}, True),
        ("faker", HUMAN, SESSION, True),
        ("mcp-voice-a", AGENT, SESSION, False),
        ("mcp-voice-c", AGENT, SESSION, True),
        ("mcp-voice-chat-a", AGENT, {}, True),
    ],
)
async def test_nobody_is_captioned_twice(identity: str, kind: int, attributes: dict[str, str], sent: bool) -> None:  # noqa: FBT001
    """An agent with a session captions whom it hears; of several of ours the first does; a human can't silence us."""
    room = Room()
    room.enters(identity, kind, attributes)
    async with captioning(room) as captions:
        says(captions, "Hello.", final=True)
        await until(lambda: not captions._people)
    assert bool(room.texts()) is sent
    if sent and kind == AGENT:
        assert room.sent[0].destination_identities == ["alice"]


@pytest.mark.parametrize(
    ("asks", "identity", "attributes", "sent"),
    [
        (True, "companion", SESSION, True),
        (False, "companion", SESSION, False),
        (True, "stranger", SESSION, False),
        (True, "mcp-voice-a", SESSION, True),
        (True, "mcp-voice-a", {**SESSION, "mcp_voice.ask": "{}"}, False),
        (False, "mcp-voice-c", {**SESSION, "mcp_voice.floor": "ask-1"}, False),
    ],
)
async def test_who_asks_captions_what_is_answered(
    asks: bool,  # noqa: FBT001
    identity: str,
    attributes: dict[str, str],
    sent: bool,  # noqa: FBT001
) -> None:
    """An agent that holds for the question hears nobody, and so captions nobody."""
    room = Room()
    room.enters(identity, AGENT, attributes)
    async with captioning(room, floor=Floor(asks, known=("companion",))) as captions:
        says(captions, "Hello.", final=True)
        await until(lambda: not captions._people)
    assert bool(room.texts()) is sent


async def test_a_caption_that_was_begun_is_ended_though_the_question_is_over_meanwhile() -> None:
    """Or it would never be final on anybody's page."""
    room, floor = Room(), Floor(asks=True, known=("companion",))
    room.enters("companion", AGENT, SESSION)
    async with captioning(room, floor=floor) as captions:
        says(captions, "good")
        await until(room.texts)
        floor.asks = False
        says(captions, "good morning", final=True)
        says(captions, "and hello", final=True)
        await until(lambda: not captions._people)
    assert room.texts() == [("good", "false"), ("good morning", "true")]
