"""Whatever anybody sends, no text holds the event loop of all rooms for 50 ms."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

import anyio
import pytest

from mcp_voice.audio import silence
from mcp_voice.link import SegmentRead, SpeechStarted, SpeechStopped, Typed, Words
from mcp_voice.speech.openai_transcriptions import Transcriptions
from mcp_voice.speech.transcripts import words_of
from mcp_voice.speech.transcripts.prompt import is_prompt
from mcp_voice.tasks import owned_tasks
from mcp_voice.texts.foreign import LONGEST_TEXT
from mcp_voice.turns.listener import Listener
from mcp_voice.turns.transcript import Transcript
from mcp_voice.turns.turn import Patience
from mcp_voice.turns.unconfirmed import UnconfirmedWords
from mcp_voice.words import (
    asks_for_time,
    choice_by_key,
    named_choice,
    names_a_choice_completely,
    question_key,
    unfinished,
)
from mcp_voice.words.text import SEARCHED_CHARACTERS
from mcp_voice_agent.webhooks.consent import consent
from mcp_voice_agent.webhooks.language import LANGUAGES
from testkit.blockbuster import HELD_SECONDS, least_cost, least_held
from testkit.fake_link import ALICE, FakeLink
from testkit.nasty import CHOICES, TEXTS
from testkit.waiting import until

if TYPE_CHECKING:
    from openai.resources.audio import AsyncTranscriptions

LIMIT = 20.0
AT_ONCE = Patience(choice=0, complete=0, unlikely=0, unfinished=0, time_asked=0, unread=0, unconfirmed=0, keypad=0)
THROUGH_THE_SEAM = LONGEST_TEXT
"""Characters that one message or transcript has at most."""
NAMES = [f"{len(choices)}-{choices[0][:12]}" for choices in CHOICES]

OF_TEXT: dict[str, Callable[[str], object]] = {
    "unfinished": unfinished,
    "dictated numerals": lambda text: unfinished(text, language="fi"),
    "unfinished in German": lambda text: unfinished(text, language="de"),
    "asks_for_time": asks_for_time,
    "asks_for_time in Spanish": lambda text: asks_for_time(text, language="es"),
    "question_key": question_key,
    "choice_by_key": lambda text: choice_by_key(text, ("1", "2")),
    "a transcript": lambda text: words_of(text, choices=CHOICES[6]),
    "a prompt that comes back": lambda text: is_prompt(text[:LONGEST_TEXT], CHOICES[6], interim=True),
    "unconfirmed": lambda text: UnconfirmedWords(text, 1.0).covers(text[1:], 0.0),
    **{
        f"consent in {tag}": lambda text, language=language: consent(  # type: ignore[misc]
            text, language=language, verbs={"send"}, names={"red"}
        )
        for tag, language in LANGUAGES.items()
    },
}


def slowest(call: Callable[[str], object]) -> tuple[float, str]:
    """The CPU time of the text that takes longest, and its beginning."""
    return max((least_cost(lambda text=text: call(text)), text[:20]) for text in TEXTS)  # type: ignore[misc]


@pytest.mark.parametrize("call", OF_TEXT.values(), ids=OF_TEXT.keys())
def test_no_text_takes_long_to_judge(call: Callable[[str], object]) -> None:
    """Sentence ends, requests to wait, consent: for 395 texts of up to a million characters."""
    assert len(TEXTS) > 100
    assert slowest(call) < (HELD_SECONDS,)


@pytest.mark.parametrize("language", ["de", "fr", "xx"])
def test_no_text_takes_long_to_be_searched_in_another_language(language: str) -> None:
    """Each has its refusals and exceptions, and one that we do not know has none."""
    for choices in (CHOICES[3], CHOICES[6]):
        assert slowest(lambda text, choices=choices: named_choice(text, choices, language=language)) < (HELD_SECONDS,)  # type: ignore[misc]


@pytest.mark.parametrize("choices", CHOICES, ids=NAMES)
def test_no_text_takes_long_to_be_searched_for_a_choice(choices: Sequence[str]) -> None:
    """From one to thirty choices of up to a hundred characters, each with every text."""
    assert slowest(lambda text: named_choice(text, choices)) < (HELD_SECONDS,)
    assert slowest(lambda text: names_a_choice_completely(text, choices)) < (HELD_SECONDS,)
    assert slowest(lambda text: named_choice(text, choices, language="de")) < (HELD_SECONDS,)
    assert slowest(lambda text: named_choice(text, choices, language="fi")) < (HELD_SECONDS,)


def test_a_long_reply_names_no_choice_and_one_just_short_enough_does() -> None:
    """A guess in a speech of minutes is worth nothing; an answer with its reasons is found."""
    assert named_choice("well " * 40 + "the second one", ("red", "green")) == "green"
    assert named_choice("x" * SEARCHED_CHARACTERS + " green", ("red", "green")) is None
    assert named_choice(" " * 100_000 + "green", ("red", "green")) == "green"


def test_the_end_of_a_long_text_still_tells_whether_it_is_over() -> None:
    """Whoever speaks for minutes is cut off at a pause no more than anybody else."""
    story = "We went there and it was closed. " * 10_000
    assert unfinished(f"{story} Then I asked for the")
    assert not unfinished(f"{story} Then I went home.")
    assert asks_for_time(f"{story} Hold on")


def test_a_yes_in_a_thousand_characters_is_none() -> None:
    """Nothing is done after it; a plain one is still a yes."""
    assert consent("yes " * 10_000) == "unclear"
    assert consent("Yes, please.") == "yes"


def test_numbers_without_end_are_no_error() -> None:
    """Python refuses to write a number of more than 4,300 digits."""
    for text in ("one" + " hundred" * 120, "9" * 900 + "th", "1" * 900):
        named_choice(text, ("1", "2"))
    assert choice_by_key("1" * 5_000, ("1", "2")) is None


@pytest.fixture
async def room() -> AsyncIterator[tuple[FakeLink, Listener]]:
    """Somebody in a room who is listened to; turns end with the first silence."""
    link, listening = FakeLink("kitchen", [ALICE]), Listener(AT_ONCE, "en", Transcript())
    async with owned_tasks() as tasks:
        tasks.start_soon(listening.run, link)
        await until(lambda: listening.presence.human("alice"), limit=LIMIT)
        yield link, listening
        tasks.cancel_scope.cancel()
    link.close()


@pytest.mark.anyio
@pytest.mark.parametrize("spoken", [False, True], ids=["typed", "spoken"])
async def test_no_answer_holds_the_loop(spoken: bool, room: tuple[FakeLink, Listener]) -> None:  # noqa: FBT001
    """Every text, whole, as the answer to an ask with choices; a text that is nothing but spaces is none."""
    link, listening = room
    for number, text in enumerate(text[:THROUGH_THE_SEAM] for text in TEXTS if text[:THROUGH_THE_SEAM].strip()):
        answer = partial(_answer, link, listening, text, choices=CHOICES[number % len(CHOICES)], spoken=spoken)
        held = await least_held(answer)
        assert held.seconds < HELD_SECONDS, f"{text[:20]!r} ({len(text)} characters): {held}"


async def _answer(link: FakeLink, listening: Listener, text: str, *, choices: Sequence[str], spoken: bool) -> None:
    with listening.expect(choices=choices) as expected:
        listening.open(expected, since=0)
        now = time.monotonic()
        if spoken:
            link.hear(
                SpeechStarted("alice", now),
                Words("alice", text[: len(text) // 2], final=False, at=now),
                SpeechStopped("alice", now),
                Words("alice", text, final=True, at=now),
                SegmentRead("alice", now),
            )
        else:
            link.hear(Typed("alice", text, now))
        with anyio.fail_after(LIMIT):
            reply = await expected.reply
    assert reply.text.strip() == text.strip()


class Answered:
    """A server's client that has an answer already."""

    def __init__(self, body: object) -> None:
        self.with_raw_response = self
        self.http_response = self
        self.content = json.dumps(body).encode()

    async def create(self, **_: object) -> Answered:
        """Give it."""
        return self


@pytest.mark.anyio
@pytest.mark.parametrize("text", ["ab ab ", "♪a", "thank you "])
async def test_a_transcript_in_hundreds_of_segments_does_not_hold_the_loop(text: str) -> None:
    """Four megabytes of them, with scores."""
    scores = {"no_speech_prob": 0.9, "avg_logprob": -1.2}
    body = {"segments": [{"text": text * (THROUGH_THE_SEAM // len(text)), **scores}, {"text": text}] * 200}
    asked = Transcriptions(cast("AsyncTranscriptions", Answered(body)), hinted=lambda: ())
    sound = silence(1, rate=16_000).wav()
    held = await least_held(lambda: asked.create(model="whisper-1", file=("a.wav", sound, "audio/wav")))
    assert held.seconds < HELD_SECONDS, held


@pytest.mark.anyio
async def test_growing_words_do_not_hold_the_loop(room: tuple[FakeLink, Listener]) -> None:
    """A recogniser that repeats all of a long speech with each of its words."""
    link, listening = room
    held = await least_held(partial(_growing, link, listening))
    assert held.seconds < HELD_SECONDS, held


async def _growing(link: FakeLink, listening: Listener) -> None:
    with listening.expect(choices=CHOICES[6]) as expected:
        listening.open(expected, since=0)
        link.hear(SpeechStarted("alice", time.monotonic()))
        for count in range(0, 4_000, 40):
            link.hear(Words("alice", "no yes " * count, final=count % 400 == 0, at=time.monotonic()))
            await anyio.lowlevel.checkpoint()
            await anyio.lowlevel.checkpoint()
        link.hear(SpeechStopped("alice", time.monotonic()), SegmentRead("alice", time.monotonic()))
        with anyio.fail_after(LIMIT):
            assert (await expected.reply).text
