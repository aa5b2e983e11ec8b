"""Somebody at the page is asked by voice, and answers by voice, by a tap or in writing: what the tool returns."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest
from playwright.async_api import Browser, expect

from mcp_voice.asks.join_links import JoinPage
from mcp_voice.room.speaker import UNUSED_SECONDS
from testkit.browser import LIMIT, LIMIT_MS, Visitor, visitor
from testkit.host import Host
from testkit.rig import Rig, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

QUESTION = "Which of the two options do you want?"
CHOICES = ["the first option", "the second option"]
LONG = (
    "There are two ways to do this, and I would like to know which one you prefer before I begin, because each of them "
    "takes a while and they cannot be mixed afterwards without starting over again from the very beginning."
)
ROOM = "answering"


@pytest.fixture(scope="module")
async def ada(chromium: Browser, door: JoinPage) -> AsyncIterator[Visitor]:
    """Somebody in the room for all tests of this file."""
    async with visitor(chromium) as somebody:
        await somebody.join((await door.link(ROOM, asker="Claude")).url)
        yield somebody
        assert not somebody.complaints


async def test_the_question_is_heard_and_what_is_said_is_the_result(host: Host, ada: Visitor) -> None:
    """By a link, a click and a real browser's WebRTC both ways; meanwhile the question stands there large."""
    await ada.forget_sounds()
    async with host.asking(QUESTION, room_name=ROOM) as call:
        await ada.hears()
        await ada.reads("question-text", QUESTION)
        await ada.answers(voice_of("the second option"))
    answer = call.answer
    assert (answer.status, answer.reply, answer.channel) == ("answered", "the second option", "speech")
    assert answer.participant is not None
    assert answer.participant.name == "Ada"
    assert answer.spoken == QUESTION
    sounds = await ada.sounds()
    # Of a question of 2 s; a busy machine may tear it apart.
    assert sum(each.ended_at - each.started_at for each in sounds) > 1.0
    assert max(each.peak for each in sounds) > 0.05
    await ada.reads("question-text", "Thank you")


async def test_the_conversation_shows_both_sides_word_by_word(host: Host, ada: Visitor) -> None:
    """What is asked grows while it is spoken, and what was heard of the person stands below it."""
    question = "There are two ways to do this: which one do you prefer?"
    grown: set[str] = set()

    async def whole() -> bool:
        lines = await ada.lines()
        grown.update(text for _, text in lines)
        return any(text == question for _, text in lines)

    async with host.asking(question, room_name=ROOM) as call:
        await until(whole, limit=LIMIT)
        await ada.speak(voice_of("yes please go ahead"))
        await expect(ada.page.locator("#lines .mine .words").last).to_have_text("yes please go ahead", timeout=LIMIT_MS)
    assert call.answer.reply == "yes please go ahead"
    assert len([text for text in grown if text and question.startswith(text)]) > 3
    assert len([text for _, text in await ada.lines() if text == question]) == 1


async def test_a_tapped_choice_is_the_answer(host: Host, ada: Visitor) -> None:
    """Its button is big enough, and stays marked until the answer has arrived."""
    async with host.asking(QUESTION, room_name=ROOM, choices=CHOICES) as call:
        await ada.press("the second option")
    answer = call.answer
    assert (answer.channel, answer.choice) == ("chat", "the second option")
    assert ("You", "the second option") in await ada.lines()


async def test_what_is_typed_is_the_answer(host: Host, ada: Visitor) -> None:
    """With Enter; the field is empty again afterwards, and it was not too long."""
    async with host.asking("What shall it be called?", room_name=ROOM) as call:
        await ada.reads("question-text", "What shall it be called?")
        await ada.writes("Kitchen light, please")
    assert (call.answer.reply, call.answer.channel) == ("Kitchen light, please", "chat")
    await expect(ada.page.locator("#message")).to_have_value("")
    await ada.page.locator("#message").fill("x" * 1500)
    assert await ada.page.locator("#message").input_value() == "x" * 1000
    await ada.reads("counter", "1000 of 1000")
    await ada.page.locator("#message").fill("")


async def test_speaking_over_the_question_silences_it(host: Host, ada: Visitor) -> None:
    """The browser's echo cancellation, or what stands for it, lets the person through, and we fall silent."""
    await ada.forget_sounds()
    async with host.asking(LONG, room_name=ROOM) as call:
        await ada.hears()
        spoke = await ada.speak(voice_of("go ahead with the first option"))
        silent_at = await ada.hears_silence()
    answer = call.answer
    assert (answer.reply, answer.interrupted) == ("go ahead with the first option", True)
    assert len(answer.spoken) < len(LONG)
    assert silent_at < spoke.ended_at + 1


async def test_a_muted_microphone_opens_while_the_space_bar_is_held(ada: Visitor) -> None:
    """M mutes; neither key does anything to somebody who types."""
    mute = ada.page.locator("#mute")
    await ada.page.locator("#question-text").click()
    await ada.page.keyboard.press("m")
    await expect(mute).to_have_text("Unmute")
    await ada.page.keyboard.down("Space")
    await expect(mute).to_have_text("Release to mute")
    await ada.page.keyboard.up("Space")
    await expect(mute).to_have_text("Unmute")
    await ada.page.locator("#message").press_sequentially("m m")
    await expect(mute).to_have_text("Unmute")
    await ada.page.locator("#message").fill("")
    await mute.click()
    await expect(mute).to_have_text("Mute")


async def test_a_message_to_everybody_is_read(host: Host, ada: Visitor) -> None:
    """Of the tool `send_message_to_room`, as data and as chat."""
    for as_chat in (False, True):
        text = f"The build is {'red' if as_chat else 'green'}"
        await host.client.call_tool("send_message_to_room", {"message": text, "room_name": ROOM, "as_chat": as_chat})
        await expect(ada.page.locator("#lines .words").last).to_have_text(text, timeout=LIMIT_MS)


@pytest.mark.long
async def test_a_question_after_a_quiet_while_is_heard_though_its_track_is_a_new_one(rig: Rig, ada: Visitor) -> None:
    """Ours was unpublished meanwhile; the browser plays the next one without being asked to."""
    async with rig.host(MCP_VOICE_QUIET_SECONDS="120") as host:
        await host.say("Good morning.", ROOM)
        await ada.hears_silence()
        await anyio.sleep(UNUSED_SECONDS + 2)
        assert await ada.page.locator("audio").count() == 0
        await ada.forget_sounds()
        async with host.asking(QUESTION, room_name=ROOM) as call:
            await ada.answers(voice_of("the second option"))
    assert (call.answer.status, call.answer.reply) == ("answered", "the second option")
    sounds = await ada.sounds()
    assert sum(each.ended_at - each.started_at for each in sounds) > 1.0
