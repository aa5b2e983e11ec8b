"""Speaking over us: what silences a sentence, for how long, and what does not."""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest

from mcp_voice.link import SegmentRead, Typed, Words
from mcp_voice.turns.barge_in import SPEECH_SECONDS, WORDLESS_SECONDS, BargeIn
from mcp_voice.turns.interruptions import Interruptions
from mcp_voice.turns.turn import Patience, Turn
from testkit.fake_playout import FakePlayout

T0 = 100.0


@pytest.fixture
def playout() -> FakePlayout:
    """A sentence that is being spoken."""
    return FakePlayout("What is your favourite colour?")


@pytest.fixture
def barge_in(playout: FakePlayout) -> BargeIn:
    """What may interrupt it."""
    return BargeIn(playout)


def test_a_click_does_not_silence_us(barge_in: BargeIn, playout: FakePlayout) -> None:
    """A sound shorter than 0.2 s is no speech."""
    barge_in.speech_started("alice", T0)
    barge_in.tick(T0 + SPEECH_SECONDS / 2)
    barge_in.speech_stopped("alice", T0 + 0.1)
    barge_in.tick(T0 + 10)
    assert playout.calls == []
    assert barge_in.due_at() is None


def test_a_voice_silences_us_after_a_fifth_of_a_second(barge_in: BargeIn, playout: FakePlayout) -> None:
    """We fall silent before anything was understood."""
    barge_in.speech_started("alice", T0)
    assert barge_in.due_at() == pytest.approx(T0 + SPEECH_SECONDS)
    barge_in.tick(T0 + SPEECH_SECONDS)
    assert playout.calls == ["pause"]


def test_words_silence_us_for_good(barge_in: BargeIn, playout: FakePlayout) -> None:
    """What follows is the reply, so nothing is due any more."""
    barge_in.speech_started("alice", T0)
    barge_in.tick(T0 + SPEECH_SECONDS)
    barge_in.worded()
    assert playout.interrupted
    assert barge_in.due_at() is None


def test_a_cough_only_pauses_us(barge_in: BargeIn, playout: FakePlayout) -> None:
    """A sound in which a recogniser finds no words lets us go on at once."""
    barge_in.speech_started("alice", T0)
    barge_in.tick(T0 + SPEECH_SECONDS)
    barge_in.speech_stopped("alice", T0 + 0.5)
    barge_in.wordless(T0 + 0.8)
    barge_in.tick(T0 + 0.8)
    assert playout.calls == ["pause", "resume"]
    assert not playout.interrupted


def test_we_go_on_even_when_no_recogniser_says_anything(barge_in: BargeIn, playout: FakePlayout) -> None:
    """A provider that stays silent about a noise does not silence us for ever."""
    barge_in.speech_started("alice", T0)
    barge_in.tick(T0 + SPEECH_SECONDS)
    barge_in.speech_stopped("alice", T0 + 0.5)
    barge_in.tick(T0 + 0.5 + WORDLESS_SECONDS - 0.01)
    assert playout.paused
    barge_in.tick(T0 + 0.5 + WORDLESS_SECONDS)
    assert not playout.paused


def test_we_stay_silent_while_anybody_still_speaks(barge_in: BargeIn, playout: FakePlayout) -> None:
    """Of two who speak over us the first may stop; we wait for the second too."""
    barge_in.speech_started("alice", T0)
    barge_in.speech_started("bob", T0 + 0.1)
    barge_in.tick(T0 + SPEECH_SECONDS)
    barge_in.speech_stopped("alice", T0 + 0.5)
    barge_in.wordless(T0 + 0.6)
    barge_in.tick(T0 + 60)
    assert playout.paused


def test_a_second_noise_silences_us_again(barge_in: BargeIn, playout: FakePlayout) -> None:
    """After going on, the next sound counts like the first."""
    for start in (T0, T0 + 5):
        barge_in.speech_started("alice", start)
        barge_in.tick(start + SPEECH_SECONDS)
        barge_in.speech_stopped("alice", start + 0.5)
        barge_in.wordless(start + 0.6)
        barge_in.tick(start + 0.6)
    assert playout.calls == ["pause", "resume"] * 2


def test_what_is_heard_while_nothing_is_said_is_not_looked_at() -> None:
    """Each event of every room comes by here, and a long turn is put together anew whenever its text is wanted."""

    class Unread(Turn):
        @property
        def text(self) -> str:
            raise AssertionError("the text was put together")

    turn = Unread(Patience(), "en")
    turn.speech_started(T0)
    interruptions = Interruptions(lambda *_: False)
    interruptions.take(Words("alice", "well", final=True, at=T0 + 1), turn)
    interruptions.take(SegmentRead("alice", T0 + 1), turn)
    with interruptions.interruptible(FakePlayout("What is it?"), lambda identity: identity == "bob"):
        interruptions.take(Words("alice", "well", final=True, at=T0 + 2), turn)


def test_a_sentence_that_hung_takes_nothing_of_the_next_one() -> None:
    """It is left to itself, and ends in the middle of what is said after it: nobody could speak over that any more."""
    interruptions = Interruptions(lambda *_: False)
    hung, spoken = FakePlayout("What is it?"), FakePlayout("And what is this?")
    with ExitStack() as later:
        with interruptions.interruptible(hung, lambda _: True):
            later.enter_context(interruptions.interruptible(spoken, lambda _: True))
        interruptions.take(Typed("alice", "stop", time.monotonic()), None)
        assert spoken.interrupted
    assert not hung.interrupted
