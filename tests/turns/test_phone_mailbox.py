"""Who or what picks a phone up: a mailbox is heard out, is no reply, and is named."""

from __future__ import annotations

import time

import pytest

from mcp_voice.link import Reading, SegmentRead, SpeechStarted, SpeechStopped, Words
from mcp_voice.results import AnsweredBy
from mcp_voice.turns.phone import HUMAN_SECONDS, LONGEST_SECONDS, PAUSE_SECONDS, SETTLED_SECONDS, Pickup
from mcp_voice.voice import Voice
from mcp_voice.words import asks_for_a_message, greets_on_the_phone, speaks_of_a_mailbox
from testkit.fake_link import FakeEngine
from testkit.telephone import (
    CALLER,
    ENDED,
    LIMIT,
    QUESTION,
    answer_of,
    asked,
    questions,
    says,
)
from testkit.waiting import until

pytestmark = pytest.mark.anyio

MAILBOX = "You have reached Bob. Please leave a message after the tone."


async def test_a_mailbox_is_heard_out_and_named(running: Voice, engine: FakeEngine) -> None:
    """With the pauses between its sentences; the question comes after it, and the result says what answered."""
    answer, link = await asked(running, engine)
    link.calls(CALLER)
    began = time.monotonic()
    says(link, "This is the mailbox of Bob.", began=began - 2.6, seconds=2.7)
    await until(lambda: link.turns_over, limit=LIMIT)
    says(link, MAILBOX)
    await until(lambda: len(link.turns_over) > 1, limit=LIMIT)
    assert not link.playouts
    await questions(link)
    link.playouts[0].finish()
    link.calls(ENDED)
    answer = await answer_of(running, answer)
    assert (answer.status, answer.answered_by) == ("left", "machine")
    assert answer.heard_at_pickup == f"This is the mailbox of Bob. {MAILBOX}"
    assert answer.spoken == QUESTION
    assert "Voicemail" in answer.next


async def test_a_mailbox_that_speaks_over_the_question_is_no_reply_and_the_question_is_spoken_again(
    running: Voice, engine: FakeEngine
) -> None:
    """Its first sentence was short, as a human's greeting is, and the question came before the second."""
    answer, link = await asked(running, engine)
    link.calls(CALLER)
    await questions(link)
    says(link, MAILBOX, seconds=0.3)
    await questions(link, 2)
    assert link.playouts[0].interrupted
    link.playouts[1].finish()
    says(link, "Bob here, yes please.")
    answer = await answer_of(running, answer)
    assert (answer.reply, answer.heard_at_pickup, answer.answered_by) == ("Bob here, yes please.", MAILBOX, "machine")
    assert answer.spoken == QUESTION


@pytest.mark.parametrize(
    ("seconds", "text", "by"),
    [
        (0.5, "Hello?", "human"),
        (2.4, "Good morning, Smith and Sons.", "human"),
        (2.6, "Good morning, Smith and Sons, how can I help?", "unknown"),
        (0.5, "", "unknown"),
        (1.0, "This is the voicemail of Bob.", "machine"),
        (9.0, MAILBOX, "machine"),
    ],
)
def test_who_picked_up_is_told_by_the_length_and_the_words_of_what_is_said_first(
    seconds: float, text: str, by: AnsweredBy
) -> None:
    """A long greeting without a mailbox's words may be either."""
    pickup = Pickup(100.0, seen=True)
    pickup.speech_started(101)
    assert pickup.quiet_at() == 100 + LONGEST_SECONDS
    pickup.speech_stopped(101 + seconds)
    assert pickup.quiet_at() == 101 + seconds + PAUSE_SECONDS
    pickup.turn_over()
    if text:
        pickup.said(text, until=101 + seconds)
    assert pickup.answered_by == by
    human = seconds <= HUMAN_SECONDS and by != "machine"
    assert pickup.quiet_at() == 101 + seconds + (SETTLED_SECONDS if human else PAUSE_SECONDS)


def test_an_announcement_without_end_keeps_us_silent_for_a_minute_at_most() -> None:
    """Music, or a line that only hisses."""
    pickup = Pickup(100.0, seen=True)
    pickup.speech_started(100)
    assert pickup.quiet_at() == 160
    pickup.speech_stopped(1_000)
    assert pickup.quiet_at() == 160


@pytest.mark.parametrize(
    "text",
    [
        MAILBOX,
        "The person you are calling is not available. At the tone, please record your message.",
        "Hinterlassen Sie bitte eine Nachricht nach dem Signalton.",
        "Laissez un message après le bip sonore.",
        "Deje su mensaje después de la señal.",
        "Lasciate un messaggio dopo il segnale acustico.",
        "Spreek een bericht in na de piep.",
        "Deixe a sua mensagem após o sinal.",
    ],
)
def test_a_mailbox_is_known_in_the_languages_we_have_words_for(text: str) -> None:
    """Whatever the room's own is: a network announces in its own."""
    assert speaks_of_a_mailbox(text)
    assert asks_for_a_message(text)


@pytest.mark.parametrize(
    "text", ["The staging server is not available.", "Leave a message in the channel.", "Yes, after the release.", ""]
)
def test_an_answer_is_never_taken_for_the_tone_of_a_mailbox(text: str) -> None:
    """Once we have asked, only what a machine alone says counts."""
    assert not asks_for_a_message(text)


def test_only_the_whole_of_a_greeting_greets() -> None:
    """With anything else beside it it may be an answer; the room's language counts, and English."""
    assert greets_on_the_phone("Hello?")
    assert greets_on_the_phone("Pronto, chi parla?", language="it-IT")
    assert not greets_on_the_phone("Pronto.", language="pt")
    assert not greets_on_the_phone("Hello, yes, deploy it.")
    assert not greets_on_the_phone("Yes.")


async def test_a_greeting_that_is_read_late_is_no_reply_either(running: Voice, engine: FakeEngine) -> None:
    """The question does not wait for a slow recogniser, and the words belong to when they were said."""
    answer, link = await asked(running, engine)
    link.calls(CALLER)
    began = time.monotonic()
    ended = began + 0.4
    link.hear(SpeechStarted("caller", began), SpeechStopped("caller", ended), Reading("caller", ended))
    await questions(link)
    link.playouts[0].finish()
    read = time.monotonic()
    link.hear(
        Words("caller", "Schmidt.", final=True, at=read, began_at=began, ended_at=ended), SegmentRead("caller", read)
    )
    says(link, "Yes, please.")
    answer = await answer_of(running, answer)
    assert (answer.reply, answer.heard_at_pickup) == ("Yes, please.", "Schmidt.")
