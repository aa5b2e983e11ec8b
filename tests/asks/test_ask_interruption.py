"""Speaking over the question: we fall silent, and what was said is the reply; a noise is neither."""

from __future__ import annotations

import anyio
import pytest

from mcp_voice.people.human import Human
from testkit.babble import babble
from testkit.host import Host
from testkit.rig import LIMIT, Rig, ours, voice_of

pytestmark = pytest.mark.anyio

LONG = (
    "There are two ways to do this, and I would like to know which one you prefer before I begin, because each of them "
    "takes a while and they cannot be mixed afterwards without starting over again from the very beginning."
)
SOON = 3.0
"""Seconds within which a silenced voice is silent; the whole question would take 11."""


async def test_an_answer_over_the_question_silences_it_and_is_the_reply(host: Host, room: str, alice: Human) -> None:
    """The human's ear hears us stop, the reply is whole, and the result says how far we came."""
    async with host.asking(LONG, room_name=room) as call:
        await alice.hears_sound(limit=LIMIT)
        spoke = await alice.speak(voice_of("go ahead with the first option"))
        silent_at = await alice.hears_silence(limit=SOON)
    answer = call.answer
    assert answer.reply == "go ahead with the first option"
    assert answer.interrupted
    assert LONG.startswith(answer.spoken)
    assert 0 < len(answer.spoken) < len(LONG)
    assert silent_at < spoke.ended_at + 1
    assert (await host.transcript(room))[0] == ("", answer.spoken)


async def test_an_early_answer_is_heard_from_its_first_word(host: Host, room: str, alice: Human) -> None:
    """Echo cancellation's warm-up must not eat what is said in the first three seconds of our speech."""
    async with host.asking(LONG, room_name=room) as call:
        await alice.hears_sound(limit=LIMIT)
        await alice.speak(voice_of("yes please go ahead"))
    assert (call.answer.reply, call.answer.interrupted) == ("yes please go ahead", True)


async def test_neither_a_noise_nor_our_prompt_read_of_it_ends_the_question(
    host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """A cough, read as "The answer is one of: deploy.", makes us pause and go on, and is neither consent nor speech."""
    question = LONG[:90] + "?"
    with rig.speech.reading(lambda pcm, prompt, _: rig.speech.match.words(pcm) or prompt):
        async with host.asking(question, room_name=room, choices=["deploy"]) as call:
            await alice.hears_sound(limit=LIMIT)
            asked = len(rig.speech.transcriptions.asked)
            await alice.speak(babble("ahem ahem"))
            await alice.hears_silence(quiet=1.0, limit=LIMIT)
            await alice.speak(voice_of("what time is it"))
        assert (await host.listen(room, wait_seconds=1)).status == "pending"
    answer = call.answer
    prompts = [each.prompt for each in rig.speech.transcriptions.asked[asked:]]
    assert prompts.count("The answer is one of: deploy.") > 1, "the noise was not even taken for speech"
    assert (answer.reply, answer.choice, answer.interrupted) == ("what time is it", None, False)
    assert answer.spoken == question
    assert answer.timing.question_ms is not None
    assert answer.timing.question_ms > 1000 * babble(question).seconds


async def test_a_chat_message_over_the_question_is_the_reply(host: Host, room: str, alice: Human) -> None:
    """Whoever types while we speak has answered, and need not listen on."""
    async with host.asking(LONG, room_name=room) as call:
        await alice.hears_sound(limit=LIMIT)
        await alice.type("The first one.")
        await alice.hears_silence(limit=SOON)
    assert (call.answer.reply, call.answer.channel) == ("The first one.", "chat")
    assert call.answer.interrupted
    assert LONG.startswith(call.answer.spoken)
    assert len(call.answer.spoken) < len(LONG)


async def test_speech_over_an_announcement_silences_it_and_is_kept(host: Host, room: str, alice: Human) -> None:
    """``say_in_room`` tells that it was interrupted; what was said over it is there for ``listen_in_room``."""
    async with anyio.create_task_group() as tasks:

        async def interrupt() -> None:
            await alice.hears_sound(limit=LIMIT)
            await alice.speak(voice_of("what time is it"))

        tasks.start_soon(interrupt)
        said = await host.say(LONG, room)
    assert said.status == "interrupted"
    assert LONG.startswith(said.spoken)
    assert len(said.spoken) < len(LONG)
    heard = await host.listen(room, wait_seconds=LIMIT)
    assert (heard.status, heard.reply) == ("answered", "what time is it")


async def test_an_announcement_is_heard_to_its_end(host: Host, room: str, alice: Human) -> None:
    """``say_in_room`` returns when the last word was played, and we stay silent in the room."""
    said = await host.say("The build is done.", room)
    assert (said.status, said.spoken, said.room_name) == ("said", "The build is done.", room)
    assert (await alice.captions.next(limit=LIMIT)).text == "The build is done."
    assert len(ours(alice)) == 1
