"""Talking with the companion in a real room: interruption, coming and going, tools, and rooms of different kinds."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from livekit import rtc

from mcp_voice.audio import Pcm, silence
from mcp_voice.people.human import Human
from mcp_voice_agent.conversation.speech_rules import instructed
from testkit.babble import babble
from testkit.chat_model import Call, Message, text_of
from testkit.companion import (
    ANSWER,
    GREETING,
    greeted,
    heard_by_model,
    person_in,
    replying,
    requests_after,
    said_by,
    spoken,
    spoken_to,
    talked_over,
)
from testkit.config_service import ConfigService, config_service
from testkit.faults import instead, status
from testkit.rig import LIMIT, Rig, part_of, voice_of
from testkit.waiting import until
from testkit.webhook_service import WebhookService, webhook_service
from testkit.worker import Worker, companions, worker

pytestmark = pytest.mark.anyio
PAUSE_SECONDS = 1.2
"""Long enough for speech to text to end a sentence, and too short to end what is clearly unfinished."""
OVER = "we should use a different approach"
"""Two seconds: a busy machine falls silent within them."""
SUBSCRIBED_SECONDS = 0.7
"""Longer than it takes until the SFU passes a new track on."""
EMAIL = Call("send_email", {"to": "bob@example.com", "subject": "Lunch", "body": "At the lake?"})


@pytest.fixture(scope="module")
async def configs() -> AsyncIterator[ConfigService]:
    """A service with configurations for rooms."""
    async with config_service() as service:
        yield service


@pytest.fixture(scope="module")
async def webhooks() -> AsyncIterator[WebhookService]:
    """A service that takes e-mails."""
    async with webhook_service() as service:
        yield service


@pytest.fixture(scope="module", autouse=True)
async def companion(rig: Rig, configs: ConfigService, webhooks: WebhookService) -> AsyncIterator[Worker]:
    """A worker for all new rooms that ask for no other; those without a configuration may send e-mails, too."""
    async with worker(
        rig,
        AGENT_CONFIG_URL=configs.url,
        MCP_VOICE_AGENT_DEFAULT_TOOLS="query_database,send_email",
        MCP_VOICE_WEBHOOK_URL=webhooks.url,
    ) as started:
        yield started


async def heard_answer(person: Human, rig: Rig, text: str) -> None:
    """Type something, and hear it said back."""
    (identity,) = [each.identity for each in companions(person)]
    await person.type(text)
    await spoken_to(rig, f"You said: {text}")
    await person.hears_sound(identity, limit=LIMIT)
    await person.hears_silence(identity, quiet=0.5, limit=LIMIT)


async def test_speaking_over_an_answer_silences_it_and_is_answered(rig: Rig, alice: Human) -> None:
    """The human has the word when they take it."""
    identity = await greeted(alice)
    with replying(rig, lambda _: ANSWER):
        await alice.type("talk")
        await alice.hears_sound(identity, limit=LIMIT)
        began_at = alice.heard.sounds[-1].began_at
        over = await alice.speak(voice_of(OVER))
    fell_silent = await alice.hears_silence(identity, quiet=0.5, limit=LIMIT)
    assert fell_silent < over.ended_at
    assert fell_silent - began_at < babble(ANSWER).seconds - 0.5
    # Where the words come late, it may have gone on for a moment meanwhile, as after a cough.
    await until(lambda: heard_by_model(rig)[-1] == OVER, limit=LIMIT)
    await alice.hears_sound(identity, limit=LIMIT)


async def test_a_marked_answer_is_spoken_plainly_and_shown_as_it_was_written(rig: Rig, alice: Human) -> None:
    """Language models write for the eye; the voice gets the words."""
    identity = await greeted(alice)
    answer = "It is **ready**: see `max_size` at https://www.example.com/docs?x=1 🚀!"
    with replying(rig, lambda _: answer):
        await alice.type("talk")
        await alice.hears_sound(identity, limit=LIMIT)
        await alice.hears_silence(identity, quiet=0.5, limit=LIMIT)
    assert spoken(rig)[-1].split() == ["It", "is", "ready:", "see", "max", "size", "at", "example.com/docs", "!"]
    assert alice.captions.all[-1].text.strip() == answer


async def test_a_cough_over_an_answer_does_not_end_it(rig: Rig, alice: Human) -> None:
    """It stops for a moment, in case it is an interruption, and goes on when nothing was said, whatever was read."""
    identity = await greeted(alice)
    heard = len(rig.speech.transcriptions.asked)
    weak = {"text": " Thank you for watching!", "no_speech_prob": 0.93, "avg_logprob": -1.25}
    told = json.dumps({"text": "Thank you for watching!", "language": "english", "segments": [weak]}).encode()
    cough = babble("ahem ahem ahem")
    with rig.speech.transcriptions.failing(instead(told, "application/json")):
        # It may pause for two seconds until it is sure.
        began_at, ended_at = await talked_over(rig, alice, identity, cough, quiet=3.5, limit=2 * LIMIT)
    assert len(rig.speech.transcriptions.asked) > heard, "the cough was not even taken for speech"
    assert not any("watching" in words for words in heard_by_model(rig))
    pauses = [sound for sound in alice.heard.sounds if sound.identity == identity and sound.began_at >= began_at]
    assert sum(sound.ended_at - sound.began_at for sound in pauses) > babble(ANSWER).seconds - 1.0
    assert ended_at - began_at > babble(ANSWER).seconds - 0.5


async def test_what_comes_after_a_thinking_pause_is_answered_with_what_came_before_it(rig: Rig, alice: Human) -> None:
    """The model is not asked at the pause, whose words cannot be all of it: that answer would be paid and dropped."""
    identity = await greeted(alice)
    asked = len(rig.speech.chat.asked)
    sentence = "I want to change the color to green"
    await alice.speak_all(part_of(sentence, 0, 3), PAUSE_SECONDS, part_of(sentence, 3, 8))
    await alice.hears_sound(identity, limit=LIMIT)
    await alice.hears_silence(identity, quiet=0.5, limit=LIMIT)
    ahead = [each.lower() for each in heard_by_model(rig)[asked:]]
    assert "i want to" not in ahead
    # A busy machine tears words apart, and then it may be asked ahead within the sentence.
    assert all(sentence.lower().startswith(each) for each in ahead), ahead
    assert said_by("user", requests_after(rig, sentence)[-1]) == [sentence]
    assert "You said: I want to" not in spoken(rig)
    await spoken_to(rig, f"You said: {sentence}")


async def test_a_human_who_comes_back_finds_the_conversation_where_it_was(rig: Rig, room: str) -> None:
    """The model still knows what was said before, and nobody is greeted twice."""
    async with rig.person(room, "alice") as alice:
        await greeted(alice)
        await heard_answer(alice, rig, "I am Alice")
    async with rig.person(room, "alice") as alice:
        (identity,) = await until(lambda: [each.identity for each in companions(alice)], limit=LIMIT)
        asked = len(rig.speech.chat.asked)
        await alice.speak_all(SUBSCRIBED_SECONDS, voice_of("the second option"))
        await until(lambda: len(rig.speech.chat.asked) > asked, limit=LIMIT)
        await alice.hears_sound(identity, limit=LIMIT)
    assert [each.lower() for each in heard_by_model(rig)[asked:]][-1:] == ["the second option"]
    messages = requests_after(rig, "the second option")[-1]
    assert said_by("user", messages) == ["I am Alice", "the second option"]
    assert [text.strip() for text in said_by("assistant", messages)] == [GREETING, "You said: I am Alice"]


async def test_every_microphone_is_heard_whichever_came_last_and_of_whatever_source(rig: Rig, room: str) -> None:
    """A track of no known source where there is no other, then the older of two microphones beside a silent new one."""
    async with rig.guest(room, "alice", plugged_in=False) as alice:
        identity = await greeted(alice)
        async with alice.publishing(rtc.TrackSource.SOURCE_UNKNOWN) as page:
            await answered_aloud(alice, rig, identity, page.speak, "the second option")
        await alice.plug_in()
        async with alice.publishing(rtc.TrackSource.SOURCE_MICROPHONE) as headset:
            await answered_aloud(alice, rig, identity, alice.speak, "that is a good idea")
            await answered_aloud(alice, rig, identity, headset.speak, "what time is it")


async def answered_aloud(
    person: Human, rig: Rig, identity: str, speak: Callable[[Pcm], Awaitable[object]], words: str
) -> None:
    """Say it, and hear it said back."""
    await speak(silence(SUBSCRIBED_SECONDS, rate=voice_of(words).rate).joined(voice_of(words)))
    await until(lambda: requests_after(rig, words), limit=LIMIT)
    await person.hears_sound(identity, limit=LIMIT)
    await person.hears_silence(identity, quiet=0.5, limit=LIMIT)


async def test_what_is_typed_is_answered_aloud_beside_what_is_said(rig: Rig, alice: Human) -> None:
    """Both are turns of one conversation."""
    identity = await greeted(alice)
    await heard_answer(alice, rig, "what now")
    await alice.speak(voice_of("the second option"))
    await alice.hears_sound(identity, limit=LIMIT)
    messages = requests_after(rig, "the second option")[-1]
    assert said_by("user", messages) == ["what now", "the second option"]


def secretary(messages: list[Message]) -> str | Call:
    """A model that sends an e-mail when it is asked to, once the human has said yes."""
    last = messages[-1]
    if last["role"] == "tool":
        return "It is on its way." if "read back" not in text_of(last).lower() else ""
    return EMAIL if "idea" in text_of(last) else Call("confirm_action")


async def test_an_email_is_sent_after_a_spoken_read_back_and_a_spoken_yes(
    rig: Rig, webhooks: WebhookService, alice: Human
) -> None:
    """The human hears recipient and subject, says yes, and one e-mail goes out."""
    identity = await greeted(alice)
    with replying(rig, secretary):
        await alice.speak(voice_of("that is a good idea"))
        await spoken_to(rig, "E-mail to bob at example dot com")
        await alice.hears_sound(identity, limit=LIMIT)
        await alice.hears_silence(identity, quiet=1.0, limit=LIMIT)
        assert webhooks.received == []
        await alice.speak(voice_of("yes please go ahead"))
        await until(lambda: webhooks.received, limit=LIMIT)
        await spoken_to(rig, "It is on its way.")
    assert [each.body["to"] for each in webhooks.received] == ["bob@example.com"]


async def test_a_room_has_the_greeting_and_the_prompt_of_its_configuration(
    rig: Rig, configs: ConfigService, room: str
) -> None:
    """The id is in the room's metadata."""
    pirate = {"greeting": "Ahoy, sailor!", "systemPrompt": "You are a pirate.", "name": "Anne Bonny"}
    configs.configs["pirate"] = {"success": True, "agent": pirate}
    async with person_in(rig, room, metadata="pirate") as alice:
        await greeted(alice)
        assert "Ahoy, sailor!" in spoken(rig)
        await until(lambda: [each.name for each in companions(alice)] == ["Anne Bonny"], limit=LIMIT)
        await alice.type("who goes there")
        await until(lambda: requests_after(rig, "who goes there"), limit=LIMIT)
    messages = requests_after(rig, "who goes there")[-1]
    assert said_by("system", messages) == [instructed("You are a pirate.\n\nYour name is Anne Bonny.")]
    assert said_by("assistant", messages) == ["Ahoy, sailor!"]


async def test_a_room_whose_configuration_service_is_down_is_greeted_as_the_settings_say(
    companion: Worker, rig: Rig, configs: ConfigService, room: str
) -> None:
    """The log says why."""
    with configs.failing(status(503)):
        async with person_in(rig, room, metadata=f"config-of-{room}") as alice:
            await greeted(alice)
            await alice.type("anybody out there")
            await until(lambda: requests_after(rig, "anybody out there"), limit=LIMIT)
    assert said_by("assistant", requests_after(rig, "anybody out there")[-1]) == [GREETING]
    assert companion.logged("the service answered 503; the defaults are used")
