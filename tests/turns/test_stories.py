"""When an answer that is a story is over: pauses between whole sentences end nothing."""

from __future__ import annotations

import pytest

from mcp_voice.turns.turn import Patience, Turn
from mcp_voice.turns.verdict import ExpectedAnswer

WAITS = Patience()
T0 = 100.0


def story(text: str, *, likely: bool | None = None, language: str = "en") -> Turn:
    """The answer so far to a question that wants a story."""
    one = Turn(WAITS, language, ExpectedAnswer(("the backup", "the network"), open_ended=True))
    one.speech_started(T0)
    one.speech_stopped(T0 + 1)
    one.heard(text, final=False, at=T0 + 1.3)
    one.segment_read()
    if likely is not None:
        one.hinted(likely=likely)
    return one


@pytest.mark.parametrize("words", ["First the disk was full.", "the backup", "yes", "and then we restarted the"])
@pytest.mark.parametrize("likely", [None, True, False])
def test_no_pause_of_a_thinking_human_ends_a_story(words: str, likely: bool | None) -> None:  # noqa: FBT001
    """Neither a whole sentence, nor a named choice, nor the end-of-turn model: 3 s of silence are not the end."""
    assert story(words, likely=likely).ends_at() == pytest.approx(T0 + 1 + WAITS.story)
    assert WAITS.story > 3.0


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("The disk was full. That's all.", "en"),
        ("the disk was full and that's it", "en"),
        ("Then it worked again. I think that’s about it.", "en"),  # noqa: RUF001 - as recognisers write it
        ("Die Platte war voll. Das war's.", "de"),
        ("le disque était plein et c'est tout", "fr"),
    ],
)
def test_who_says_that_a_story_is_over_is_believed(words: str, language: str) -> None:
    """The wait is one second then."""
    assert story(words, language=language).ends_at() == pytest.approx(T0 + 1 + WAITS.unlikely)


@pytest.mark.parametrize("words", ["I am not sure that's all", "and that's it, but", "Is that it? that's all?", "that"])
def test_a_doubt_whether_that_is_all_does_not_end_a_story(words: str) -> None:
    """The phrase counts alone, or after words that change nothing of it."""
    assert story(words).ends_at() == pytest.approx(T0 + 1 + WAITS.story)


def test_a_story_waits_twelve_seconds_for_somebody_who_asks_for_time() -> None:
    """A request for time is as good as in any other answer."""
    assert story("The disk was full. Let me think.").ends_at() == pytest.approx(T0 + 1 + WAITS.time_asked)


def test_a_turn_follows_what_is_wanted_of_it_now() -> None:
    """The same words end it sooner once nobody wants a story any more."""
    one = story("The disk was full.")
    assert one.ends_at() == pytest.approx(T0 + 1 + WAITS.story)
    one.expected = ExpectedAnswer()
    assert one.ends_at() == pytest.approx(T0 + 1 + WAITS.complete)


def test_a_key_answers_a_question_that_wants_a_story_as_soon_as_any_other() -> None:
    """Whoever presses keys tells no story."""
    one = story("")
    one.keyed("2", T0 + 2)
    assert one.ends_at() == pytest.approx(T0 + 2 + WAITS.keypad)
    assert one.chooses_by_key
