"""What is kept of the sound that a provider has not answered yet: enough to read it again, and no more."""

from __future__ import annotations

import pytest

from mcp_voice.room.unread_audio import AGAIN_SECONDS, FORGOTTEN_SECONDS, LEAD_SECONDS, MOST_SECONDS, UnreadAudio
from testkit.dictation import FRAME, word


def _seconds(kept: UnreadAudio) -> float:
    return sum(frame.duration for frame in kept.frames)


def _pushing(kept: UnreadAudio, *, seconds: float, since: float) -> float:
    for number in range(round(seconds / FRAME)):
        kept.push(word(1), since + number * FRAME)
    return since + seconds


def test_what_is_kept_is_bounded_whatever_a_provider_leaves_unread() -> None:
    """Of silence a second, of a speech without end two minutes, of a sound without words nothing after a while."""
    kept = UnreadAudio()
    kept.given(100.0)
    now = _pushing(kept, seconds=30, since=100.0)
    assert _seconds(kept) == pytest.approx(LEAD_SECONDS, abs=FRAME)
    kept.speech_started(now)
    now = _pushing(kept, seconds=200, since=now)
    assert _seconds(kept) == pytest.approx(MOST_SECONDS, abs=FRAME)
    kept.speech_stopped(now)
    assert kept.due
    _pushing(kept, seconds=FORGOTTEN_SECONDS + 1, since=now)
    assert _seconds(kept) == pytest.approx(LEAD_SECONDS, abs=FRAME)


@pytest.mark.parametrize(("end", "kept_seconds"), [(0.0, 1.5), (3.0, 2.0), (99.0, 1.5)])
def test_final_words_of_one_sentence_leave_the_next_one_that_is_being_spoken(
    end: float,
    kept_seconds: float,
) -> None:
    """They come with a delay; how far they reach is known, unknown, or told wrongly."""
    kept = UnreadAudio()
    kept.speech_started(100.0)
    now = _pushing(kept, seconds=2, since=100.0)
    kept.speech_stopped(now)
    now = _pushing(kept, seconds=2, since=now)
    kept.speech_started(now)
    _pushing(kept, seconds=1, since=now)
    kept.finalised(end)
    kept.segment_over()
    assert _seconds(kept) == pytest.approx(kept_seconds, abs=0.11)
    assert kept.due


@pytest.mark.parametrize("end", [0.001, float("nan")])
def test_final_words_that_end_before_there_was_any_sound_are_not_owed_again(end: float) -> None:
    """A provider that breaks off after each of them was given the same sound without end, and read it each time."""
    kept = UnreadAudio()
    kept.speech_started(100.0)
    now = _pushing(kept, seconds=2, since=100.0)
    kept.speech_stopped(now)
    kept.finalised(end)
    assert not kept.due
    assert _seconds(kept) == 0


def _said(kept: UnreadAudio) -> float:
    kept.speech_started(100.0)
    now = _pushing(kept, seconds=1, since=100.0)
    kept.speech_stopped(now)
    return now


def test_while_no_stream_listens_nothing_is_forgotten() -> None:
    """After 15 s of silence what had been said was no longer owed, and lost without a word about it."""
    kept = UnreadAudio()
    kept.given(100.0)
    now = _said(kept)
    kept.stream_ended()
    now = _pushing(kept, seconds=3 * FORGOTTEN_SECONDS / 2, since=now)
    assert kept.due
    kept.given(now)
    now = _pushing(kept, seconds=AGAIN_SECONDS - 1, since=now)
    assert kept.due
    _pushing(kept, seconds=2, since=now)
    assert not kept.due


def test_a_connection_that_is_found_broken_after_45_seconds_costs_no_word() -> None:
    """Nobody tells a client that the other side is gone: it asks every 30 s, and waits another 15 s."""
    kept = UnreadAudio()
    kept.given(100.0)
    now = _said(kept)
    _pushing(kept, seconds=45, since=now)
    assert kept.due
    assert _seconds(kept) == pytest.approx(46, abs=FRAME)


def test_soft_words_that_no_voice_activity_was_seen_of_are_owed_as_well() -> None:
    """They were forgotten with the next frame, as if they had been said when the machine was started."""
    kept = UnreadAudio()
    kept.given(100.0)
    now = _pushing(kept, seconds=1, since=100.0)
    kept.worded(now)
    _pushing(kept, seconds=5, since=now)
    assert kept.due


def test_speech_that_is_too_long_to_be_read_again_is_known_to_be() -> None:
    """Until it has been answered."""
    kept = UnreadAudio()
    kept.given(100.0)
    kept.speech_started(100.0)
    now = _pushing(kept, seconds=MOST_SECONDS + 1, since=100.0)
    assert kept.overflowed
    kept.speech_stopped(now)
    kept.finalised(0.0)
    assert not kept.overflowed
