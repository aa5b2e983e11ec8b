"""Somebody who says "um" has not answered yet: they are waited for, and a question is not broken off by it."""

from __future__ import annotations

import time

import anyio
import pytest

from mcp_voice.link import SegmentRead, SpeechStarted, SpeechStopped, Words
from mcp_voice.turns.barge_in import SPEECH_SECONDS, WORDLESS_SECONDS
from mcp_voice.turns.interruptions import Interruptions
from mcp_voice.turns.listener import Listener
from mcp_voice.turns.turn import Patience, Turn
from mcp_voice.turns.verdict import ExpectedAnswer
from testkit.fake_link import FakeLink
from testkit.fake_playout import FakePlayout
from testkit.waiting import until

WAITS = Patience()
T0 = 100.0
LIMIT = 5.0


def hesitation(text: str, *, asked: bool) -> Turn:
    """A turn of one segment that ended at 101 s, read by a batch recogniser."""
    one = Turn(WAITS, "en", ExpectedAnswer(asked=asked))
    one.speech_started(T0)
    one.speech_stopped(T0 + 1)
    one.heard(text, final=False, at=T0 + 1.3)
    one.segment_read()
    return one


@pytest.mark.parametrize("words", ["Um.", "Well, uh", "Hmm."])
def test_somebody_who_only_hesitates_is_about_to_answer(words: str) -> None:
    """"Um", three seconds of silence, "Postgres" is one answer, and "um" is none."""  # fmt: skip
    one = hesitation(words, asked=True)
    assert one.ends_at() == pytest.approx(T0 + 1 + WAITS.time_asked)
    one.expected = ExpectedAnswer(open_ended=True, asked=True)
    assert one.ends_at() == pytest.approx(T0 + 1 + WAITS.time_asked)
    one.heard("Postgres.", final=True, at=T0 + 5)
    one.expected = ExpectedAnswer(asked=True)
    assert one.ends_at() == pytest.approx(T0 + 5 + WAITS.complete)


def test_where_nothing_was_asked_a_hesitation_holds_up_nobody_for_long() -> None:
    """Somebody who hums at their desk does not keep the next question waiting for twelve seconds."""
    one = hesitation("Hmm.", asked=False)
    assert one.ends_at() == pytest.approx(T0 + 1 + WAITS.unfinished)
    one.expected = ExpectedAnswer(asked=True)
    assert one.ends_at() == pytest.approx(T0 + 1 + WAITS.time_asked)


@pytest.mark.anyio
async def test_a_turn_learns_that_a_question_is_being_answered(link: FakeLink, listener: Listener) -> None:
    """From the question's first sound to its answer, and neither before nor after."""
    with listener.expect() as expected:
        assert not listener.turns.turn("alice").expected.asked
        listener.open(expected, since=0)
        assert listener.turns.turn("alice").expected.asked
        begun = time.monotonic()
        link.hear(
            SpeechStarted("alice", begun),
            SpeechStopped("alice", begun + 0.01),
            Words("alice", "um", final=True, at=begun + 0.02),
            SegmentRead("alice", begun + 0.02),
        )
        await until(lambda: listener.turns.words_so_far(expected.target) == "um", limit=LIMIT)
        link.hear(Words("alice", "yes", final=True, at=time.monotonic()))
        with anyio.fail_after(LIMIT):
            reply = await expected.reply
    assert reply.text == "um yes"
    assert not listener.turns.turn("alice").expected.asked


def test_who_hums_over_a_question_hears_the_rest_of_it() -> None:
    """We pause for it as for a cough; what follows within the pause is an answer and ends the question."""
    playout = FakePlayout("What is your favourite colour?")
    interruptions = Interruptions(lambda *_: False)
    turn = Turn(WAITS, "en")
    with interruptions.interruptible(playout, lambda _: True):
        start = time.monotonic() + 1
        turn.speech_started(start)
        interruptions.take(SpeechStarted("alice", start), turn)
        interruptions.tick(start + SPEECH_SECONDS)
        assert playout.paused
        turn.speech_stopped(start + 0.5)
        interruptions.take(SpeechStopped("alice", start + 0.5), turn)
        turn.heard("Hmm.", final=True, at=start + 0.8)
        interruptions.take(Words("alice", "Hmm.", final=True, at=start + 0.8), turn)
        interruptions.take(SegmentRead("alice", start + 0.8), turn)
        interruptions.tick(start + 0.5 + WORDLESS_SECONDS - 0.1)
        assert playout.paused
        interruptions.tick(start + 0.5 + WORDLESS_SECONDS)
        assert playout.calls == ["pause", "resume"]
        turn.heard("Blue.", final=True, at=start + 4)
        interruptions.take(Words("alice", "Blue.", final=True, at=start + 4), turn)
        assert playout.interrupted
