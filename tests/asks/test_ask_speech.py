"""A question is spoken in a room, and what a human answers by voice is the result."""

from __future__ import annotations

import pytest

from mcp_voice.people.human import Human
from testkit.host import Host
from testkit.rig import LIMIT, Rig, after_the_question, part_of, voice_of

pytestmark = pytest.mark.anyio

QUESTION = "Which of the two options do you want?"


async def test_a_human_hears_the_question_and_their_words_are_the_result(host: Host, room: str, alice: Human) -> None:
    """Spoken, heard, answered, transcribed: who, what, how, and how long each part took."""
    async with host.asking(QUESTION, room_name=room) as call:
        await after_the_question(alice, voice_of("the second option"))
    answer = call.answer
    assert (answer.status, answer.reply, answer.channel) == ("answered", "the second option", "speech")
    assert answer.participant is not None
    assert (answer.participant.identity, answer.participant.name) == ("alice", "Alice")
    assert (answer.interrupted, answer.spoken, answer.choice) == (False, QUESTION, None)
    assert answer.ask_id
    assert answer.room_name == room
    assert "said_meanwhile" in answer.next
    assert all(value is not None for value in answer.timing.model_dump().values())
    assert (await alice.captions.next(limit=LIMIT)).text == QUESTION


async def test_the_first_word_is_synthesized_while_we_still_join(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """With the door to the room shut, the sound of the question is asked for all the same."""
    question = f"Is this {room} the first word?"
    rig.gate.shut()
    try:
        async with host.asking(question, room_name=room) as call:
            await rig.gate.knocked(limit=LIMIT)
            await rig.synthesized(question)
            assert not alice.heard.sounds
            rig.gate.open()
            await after_the_question(alice, voice_of("yes please go ahead"))
    finally:
        rig.gate.open()
    assert call.answer.reply == "yes please go ahead"


@pytest.mark.parametrize("word", ["yes", "no"])
async def test_one_short_word_is_a_reply(word: str, host: Host, rig: Rig, room: str, alice: Human) -> None:
    """Nothing is thrown away as too short."""
    async with host.asking("Shall we?", room_name=room) as call:
        await after_the_question(alice, await rig.say(word))
    assert call.answer.reply == word
    assert call.answer.timing.reply_ms is not None


async def test_an_unfinished_sentence_survives_a_thinking_pause(host: Host, room: str, alice: Human) -> None:
    """1.5 s of silence after "I want to change the" cuts nobody off."""
    text = "I want to change the color to green"
    async with host.asking("What is to be done?", room_name=room) as call:
        await after_the_question(alice, part_of(text, 0, 5), 1.5, part_of(text, 5, 8))
    assert call.answer.reply == text


async def test_several_segments_are_one_reply(host: Host, room: str, alice: Human) -> None:
    """Pauses of half a second and more within one answer do not split it."""
    first, second = "we should use a different approach", "wait until tomorrow morning"
    async with host.asking("What is to be done?", room_name=room) as call:
        await after_the_question(alice, part_of(first, 0, 4), 0.8, part_of(first, 4, 6), 0.3, voice_of(second))
    assert call.answer.reply == f"{first} {second}"


async def test_the_named_choice_is_in_the_result(host: Host, room: str, alice: Human) -> None:
    """The reply stays what was said; the choice is one of those given."""
    async with host.asking(QUESTION, room_name=room, choices=["the first option", "the second option"]) as call:
        await after_the_question(alice, voice_of("go ahead with the first option"))
    assert call.answer.reply == "go ahead with the first option"
    assert call.answer.choice == "the first option"


async def test_a_reply_that_names_no_choice_is_a_reply(host: Host, room: str, alice: Human) -> None:
    """What was not among the choices is returned as it was said."""
    async with host.asking(QUESTION, room_name=room, choices=["red", "green"]) as call:
        await after_the_question(alice, voice_of("neither of them"))
    assert (call.answer.reply, call.answer.choice) == ("neither of them", None)


async def test_a_second_question_needs_no_join(host: Host, room: str, alice: Human) -> None:
    """We stay in the room for a while, so the next question sounds at once."""
    answers = []
    for words in ("what time is it", "tell me more about it"):
        async with host.asking(f"Number {words}?", room_name=room) as call:
            await after_the_question(alice, voice_of(words))
        answers.append(call.answer)
    assert [answer.reply for answer in answers] == ["what time is it", "tell me more about it"]
    assert answers[0].timing.connect_ms != 0
    assert answers[1].timing.connect_ms == 0


async def test_progress_tells_how_far_it_is(host: Host, room: str, alice: Human) -> None:
    """Joining, speaking, listening, and the words so far, in this order."""
    text = "I want to change the color to green"
    async with host.asking("What is to be done?", room_name=room) as call:
        await after_the_question(alice, part_of(text, 0, 5), 1.0, part_of(text, 5, 8))
    told = [each for each, before in zip(call.progress, ["", *call.progress], strict=False) if each != before]
    assert told[:3] == [f"joining room {room}", "speaking the question", "listening"]
    assert "listening: I want to change the" in told


async def test_muting_with_the_last_word_ends_the_turn(host: Host, room: str, alice: Human) -> None:
    """Push to talk: the microphone falls silent with the voice."""
    async with host.asking(QUESTION, room_name=room) as call:
        await after_the_question(alice, voice_of("the second option"))
        alice.mute()
    assert call.answer.reply == "the second option"


STORY = ("make a copy of the report", "tell me more about it", "what time is it")


async def test_a_story_with_pauses_after_whole_sentences_is_one_reply(host: Host, room: str, alice: Human) -> None:
    """With ``open_ended`` 2.5 s of silence after a whole sentence end nothing."""
    first, second, third = (voice_of(words) for words in STORY)
    async with host.asking("Tell me what happened.", room_name=room, open_ended=True) as call:
        spoken = await after_the_question(alice, first, 2.5, second, 2.5, third)
    assert call.answer.status == "answered"
    assert call.answer.reply == " ".join(STORY)
    assert spoken.ended_at > spoken.started_at


async def test_the_same_pause_ends_any_other_answer(host: Host, room: str, alice: Human) -> None:
    """Without it the first sentence is the reply, and nothing of the rest is lost."""
    async with host.asking("What is to be done?", room_name=room) as call:
        await after_the_question(alice, voice_of(STORY[0]), 2.5, voice_of(STORY[1]))
    assert call.answer.reply == STORY[0]
    assert (await host.listen(room, wait_seconds=LIMIT)).reply == STORY[1]
