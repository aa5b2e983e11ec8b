"""When a turn is over: the state machine, with instants of the test's own."""

from __future__ import annotations

import pytest

from mcp_voice.results import cut_note
from mcp_voice.texts.foreign import LONGEST_TEXT
from mcp_voice.turns.turn import Patience, Turn
from mcp_voice.turns.unconfirmed import UnconfirmedWords
from mcp_voice.turns.verdict import ExpectedAnswer

WAITS = Patience()
T0 = 100.0


def turn(*, choices: tuple[str, ...] = (), patience: Patience = WAITS) -> Turn:
    """A turn that nobody has begun."""
    return Turn(patience, "en", ExpectedAnswer(tuple(choices)))


def said(text: str, *, choices: tuple[str, ...] = (), patience: Patience = WAITS) -> Turn:
    """A turn of one segment, spoken from 100 s to 101 s, whose words a batch recogniser has read."""
    one = turn(choices=choices, patience=patience)
    one.speech_started(T0)
    one.speech_stopped(T0 + 1)
    one.heard(text, final=False, at=T0 + 1.3)
    one.segment_read()
    return one


def test_a_turn_that_nobody_began_never_ends() -> None:
    """Silence alone is no turn."""
    assert turn().ends_at() is None


def test_nobody_is_cut_off_while_they_speak() -> None:
    """However long a voice goes on, and whatever was understood of it, the turn stays open."""
    one = turn()
    one.speech_started(T0)
    one.heard("yes", final=True, at=T0 + 500)
    assert one.ends_at() is None


@pytest.mark.parametrize("words", ["yes", "No.", "the second option", "Postgres, I think it is faster."])
def test_a_whole_answer_ends_soon_after_the_last_voiced_sample(words: str) -> None:
    """One word or many: the wait counts from the end of the voice, not from when the words were read."""
    assert said(words).ends_at() == pytest.approx(T0 + 1 + WAITS.complete)


@pytest.mark.parametrize("words", ["I would like", "we should use the", "it depends on", "yes, um", "because"])
def test_an_unfinished_sentence_gets_more_time(words: str) -> None:
    """Words that cannot be a whole answer are waited on for 2 to 3 s."""
    assert said(words).ends_at() == pytest.approx(T0 + 1 + WAITS.unfinished)
    assert 2.0 <= WAITS.unfinished <= 3.0


@pytest.mark.parametrize("words", ["wait a moment", "let me think"])
def test_somebody_who_asks_for_time_gets_it(words: str) -> None:
    """A request for time is no answer, and what follows it is."""
    assert said(words).ends_at() == pytest.approx(T0 + 1 + WAITS.time_asked)


def test_a_named_choice_ends_the_turn_at_once() -> None:
    """Nothing better can come once one of the choices was named."""
    assert said("red", choices=("red", "green")).ends_at() == pytest.approx(T0 + 1 + WAITS.choice)


def test_a_doubt_of_the_end_of_turn_model_is_a_hint_and_no_verdict() -> None:
    """It lengthens the wait for a complete answer by half a second, and shortens none."""
    doubted, believed, unfinished = said("the second option"), said("the second option"), said("I would like")
    doubted.hinted(likely=False)
    believed.hinted(likely=True)
    unfinished.hinted(likely=True)
    assert doubted.ends_at() == pytest.approx(T0 + 1 + WAITS.unlikely)
    assert believed.ends_at() == pytest.approx(T0 + 1 + WAITS.complete)
    assert unfinished.ends_at() == pytest.approx(T0 + 1 + WAITS.unfinished)


def test_words_that_a_recogniser_still_reads_are_waited_for() -> None:
    """A silence says nothing before the words of it are known."""
    one = turn()
    one.speech_started(T0)
    one.speech_stopped(T0 + 1)
    assert one.ends_at() == pytest.approx(T0 + 1 + WAITS.unread)
    one.heard("yes", final=False, at=T0 + 1.2)
    assert one.ends_at() == pytest.approx(T0 + 1.2 + WAITS.unconfirmed)
    one.heard("yes", final=True, at=T0 + 1.3)
    assert one.ends_at() == pytest.approx(T0 + 1 + WAITS.complete)


def test_words_that_were_still_unconfirmed_are_not_those_of_the_next_turn() -> None:
    """A recogniser that lags brings the final text of a turn after its end: it begins no turn, what follows does."""
    late = turn()
    late.speech_started(T0)
    late.speech_stopped(T0 + 1)
    late.heard("that is", final=False, at=T0 + 2)
    unconfirmed = late.still_unconfirmed()
    assert unconfirmed is not None
    assert unconfirmed.until == pytest.approx(T0 + 1 + WAITS.late_words)

    following = turn()
    following.unconfirmed = unconfirmed
    following.heard("that is a good", final=False, at=T0 + 4)
    following.heard("that is a good idea", final=True, at=T0 + 4.5)
    assert (following.started_at, following.text) == (None, "")
    following.heard("yes", final=True, at=T0 + 5)
    assert following.text == "yes"


def test_other_words_than_the_unconfirmed_ones_are_an_answer() -> None:
    """A recogniser that never makes sure of its words must not cost the next answer."""
    following = turn()
    following.unconfirmed = UnconfirmedWords("that is a good idea", T0 + 6)
    following.heard("neither of them", final=False, at=T0 + 2)
    assert following.text == "neither of them"


def test_the_same_words_said_again_are_an_answer() -> None:
    """Once something new was said, words are taken for it: better twice than lost."""
    following = turn()
    following.unconfirmed = UnconfirmedWords("yes", T0 + 6)
    following.speech_started(T0 + 2)
    following.speech_stopped(T0 + 2.5)
    following.heard("yes", final=True, at=T0 + 2.8)
    assert following.text == "yes"


def test_nothing_is_unconfirmed_once_the_final_text_is_there() -> None:
    """Neither a confirmed turn nor one without any words holds back what comes next."""
    assert said("yes").still_unconfirmed() is None
    silent = turn()
    silent.speech_started(T0)
    silent.speech_stopped(T0 + 1)
    assert silent.still_unconfirmed() is None


def test_a_noise_without_words_is_over_when_it_was_read() -> None:
    """A cough holds nobody up."""
    one = turn()
    one.speech_started(T0)
    one.speech_stopped(T0 + 0.4)
    one.segment_read()
    assert one.text == ""
    assert one.ends_at() == pytest.approx(T0 + 0.4)


def test_segments_are_joined_and_each_new_word_starts_the_wait_again() -> None:
    """A pause within a sentence is no end: both parts are one text, and the silence counts from the later."""
    one = said("I would like")
    one.heard("", final=True, at=T0 + 2)
    one.speech_started(T0 + 2.5)
    assert one.ends_at() is None
    one.speech_stopped(T0 + 3.5)
    one.heard("the red one", final=False, at=T0 + 3.8)
    one.segment_read()
    assert one.text == "I would like the red one"
    assert one.ends_at() == pytest.approx(T0 + 3.5 + WAITS.complete)


def test_an_interim_text_replaces_the_one_before_it() -> None:
    """A batch recogniser reads the joined sound again, and its first reading is forgotten."""
    one = said("I would light")
    one.speech_started(T0 + 1.5)
    one.speech_stopped(T0 + 2.5)
    one.heard("I would like the red one", final=False, at=T0 + 2.8)
    assert one.text == "I would like the red one"


def test_words_before_and_after_a_lost_connection_are_one_text() -> None:
    """The next ear knows nothing of the one before, so its interim words must not replace what was heard."""
    one = said("I would like the")
    one.broke_off(T0 + 1.5)
    one.speech_started(T0 + 2)
    one.speech_stopped(T0 + 3)
    one.heard("red one", final=False, at=T0 + 3.3)
    assert one.text == "I would like the red one"


def test_an_empty_interim_text_takes_the_interim_words_back_and_no_final_ones() -> None:
    """A recogniser that streams may find at the end that what it had begun to write was a noise."""
    one = turn()
    one.speech_started(T0)
    one.heard("Yes.", final=True, at=T0 + 0.3)
    one.heard("Untertitel", final=False, at=T0 + 0.5)
    one.heard("", final=False, at=T0 + 0.8)
    one.heard("", final=True, at=T0 + 0.9)
    assert one.text == "Yes."


def test_an_empty_final_text_keeps_the_interim_words() -> None:
    """No human word is lost because a provider ended a segment without repeating them."""
    one = said("the red one")
    one.heard("", final=True, at=T0 + 1.5)
    one.heard("please", final=True, at=T0 + 1.6)
    assert one.text == "the red one please"


def test_words_without_any_voice_activity_are_a_turn_too() -> None:
    """A very soft "yes" may be understood although nothing was measured."""
    one = turn()
    one.heard("yes", final=True, at=T0)
    assert one.started_at == T0
    assert one.ends_at() == pytest.approx(T0 + WAITS.complete)


def test_a_streaming_recogniser_may_be_late_with_its_words() -> None:
    """New words in a silence that was read already start the wait again."""
    one = said("I like")
    one.heard("", final=True, at=T0 + 1.4)
    one.heard("the red one", final=True, at=T0 + 2)
    assert one.ends_at() == pytest.approx(T0 + 2 + WAITS.complete)


def test_a_key_waits_for_the_next_one_and_the_hash_ends_it() -> None:
    """Numbers of several digits are keyed one after the other."""
    one = turn()
    one.keyed("4", T0)
    one.keyed("2", T0 + 1)
    assert one.ends_at() == pytest.approx(T0 + 1 + WAITS.keypad)
    one.keyed("#", T0 + 2)
    assert one.ends_at() == pytest.approx(T0 + 2)


def test_patience_scales_what_a_person_notices_and_nothing_else() -> None:
    """The setting makes silences longer or shorter; how long a recogniser may take stays as it is."""
    slow = WAITS.scaled(2)
    assert said("yes", patience=slow).ends_at() == pytest.approx(T0 + 1 + 2 * WAITS.complete)
    assert (slow.unread, slow.unconfirmed) == (WAITS.unread, WAITS.unconfirmed)


def test_a_spoken_turn_that_was_cut_off_is_told_of_as_a_typed_one_is() -> None:
    """The model would take the first twenty minutes for all of it."""
    one = turn()
    for number in range(5):
        one.heard("word " * 1_000, final=True, at=float(number))
    assert len(one.text) >= LONGEST_TEXT
    assert "only the first 20,000 characters were kept" in cut_note(one.text)
    one = turn()
    one.heard("word " * 3_900, final=True, at=0.0)
    assert cut_note(one.text) == ""
