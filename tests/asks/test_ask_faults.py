"""A speech provider fails: one clear error in bounded time, and the next question works."""

from __future__ import annotations

import pytest

from mcp_voice.people.human import Human
from testkit.faults import Fault, dropped, empty, garbage, status
from testkit.host import Host, ToolFault
from testkit.rig import LIMIT, Rig, after_the_question, ours, voice_of

pytestmark = pytest.mark.anyio

QUESTION = "What shall we do?"


async def asks_and_answers(host: Host, room: str, person: Human) -> None:
    """The room is not stuck."""
    async with host.asking("And now?", room_name=room) as call:
        await after_the_question(person, voice_of("what time is it"))
    assert call.answer.reply == "what time is it"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (status(401), "401"),
        (status(500), "status 500"),
        (empty, "no audio"),
    ],
    ids=["refused", "broken", "empty"],
)
async def test_a_question_that_cannot_be_spoken_is_an_error(
    fault: Fault, said: str, host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """LiveKit's own ``say`` would be silent about it; ours names the part and the setting."""
    with rig.speech.speech.failing(fault), pytest.raises(ToolFault, match=r"TTS.*" + said) as refused:
        await host.ask(QUESTION, room_name=room)
    assert "Check" in str(refused.value) or "Set" in str(refused.value) or "Try again" in str(refused.value)
    await asks_and_answers(host, room, alice)


async def test_a_question_that_breaks_off_is_an_error_unless_it_is_answered(
    host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """The provider drops the connection in the middle of the sound."""
    with rig.speech.speech.failing(dropped), pytest.raises(ToolFault, match="TTS"):
        await host.ask(QUESTION, room_name=room)
    await asks_and_answers(host, room, alice)


@pytest.mark.parametrize(
    ("fault", "said"), [(status(401), "401"), (status(500), "status 500"), (garbage, "STT")], ids=["401", "500", "junk"]
)
async def test_an_answer_that_cannot_be_read_is_an_error(
    fault: Fault, said: str, host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """Somebody spoke and the recogniser failed: the model learns that, instead of waiting for ever."""
    with rig.speech.transcriptions.failing(fault), pytest.raises(ToolFault, match=r"STT.*" + said):
        async with host.asking(QUESTION, room_name=room):
            await after_the_question(alice, voice_of("the second option"))
    await asks_and_answers(host, room, alice)


async def test_an_announcement_that_cannot_be_spoken_is_an_error(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """``say_in_room`` is no more silent about it than a question."""
    with rig.speech.speech.failing(status(500)), pytest.raises(ToolFault, match="TTS"):
        await host.say("The build is done.", room)
    assert not alice.heard.sounds
    await asks_and_answers(host, room, alice)
    assert len(ours(alice)) == 1
    await alice.hears_silence(limit=LIMIT)
