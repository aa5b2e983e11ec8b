"""The voices of subjects: how many there are, and whose goes."""

from __future__ import annotations

from typing import cast
from weakref import ref

import pytest

from mcp_voice.callers.subjects import Subject
from mcp_voice.errors import VoiceError
from mcp_voice.voice import Voice
from mcp_voice.voices.apart import VoicesApart

ANN, BEN, CHI = (Subject(name) for name in ("ann", "ben", "chi"))


class Resting:
    """A voice, as far as is looked at here."""

    def __init__(self) -> None:
        self.rests = True

    def is_at_rest(self) -> bool:
        """As the test wants it."""
        return self.rests


def made(_: Subject) -> Voice:
    """One more."""
    return cast("Voice", Resting())


def keep_busy(voice: Voice) -> None:
    """It has an open ask, say."""
    cast("Resting", voice).rests = False


def test_whoever_comes_newly_takes_the_place_of_whoever_was_at_rest_for_longest() -> None:
    """A registration that is open to everybody must not shut anybody out until a restart."""
    apart = VoicesApart(most=2)
    first = apart.of(ANN, made)
    keep_busy(first)
    apart.of(BEN, made)
    third = apart.of(CHI, made)
    assert apart.of(ANN, made) is first
    assert apart.of(CHI, made) is third
    assert len(list(apart)) == 2


def test_a_call_makes_its_subject_the_last_to_go() -> None:
    """Whoever was longest without one goes first."""
    apart = VoicesApart(most=2)
    first, second = apart.of(ANN, made), ref(apart.of(BEN, made))
    apart.of(ANN, made)
    apart.of(CHI, made)
    assert apart.of(ANN, made) is first
    assert second() is None


def test_where_all_ask_something_whoever_comes_newly_is_told_to_come_again() -> None:
    """Nothing that is asked may be lost for it."""
    apart = VoicesApart(most=2)
    for subject in (ANN, BEN):
        keep_busy(apart.of(subject, made))
    with pytest.raises(VoiceError) as refusal:
        apart.of(CHI, made)
    assert refusal.value.code == "too-many-subjects"
    assert "Call again" in refusal.value.fix


def test_a_voice_whose_call_still_goes_on_stays_the_subjects_only_one() -> None:
    """It is told when the process ends, and the subject's next call finds it."""
    apart = VoicesApart(most=1)
    under_way = apart.of(ANN, made)
    apart.of(BEN, made)
    assert under_way in list(apart)
    assert apart.of(ANN, made) is under_way
