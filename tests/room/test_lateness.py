"""How late sound comes, by when it came."""

from __future__ import annotations

from mcp_voice.room.lateness import Lateness

FRAME = 0.02


def heard(*, seconds: float, begun: float = 0.0, each: float = FRAME, lateness: Lateness | None = None) -> Lateness:
    """Frames of 20 ms, one every ``each`` seconds."""
    lateness = lateness or Lateness()
    for number in range(round(seconds / each)):
        lateness.came(FRAME, begun + (number + 1) * each)
    return lateness


def test_sound_that_comes_as_it_is_spoken_is_not_late() -> None:
    """Whatever the network takes is the same for all of it."""
    assert heard(seconds=60.0).seconds < 0.001


def test_a_queue_that_grows_is_told() -> None:
    """A second of sound takes 1.2 s."""
    assert heard(seconds=10.0, each=FRAME * 1.2).seconds > 0.5


def test_sound_that_is_late_and_catches_up_is_late_no_more() -> None:
    """The event loop stood still for a second; then all of it came at once."""
    lateness = heard(seconds=10.0)
    lateness.came(FRAME, 11.0)
    assert 0.85 < lateness.seconds < 1.0
    for _ in range(50):
        lateness.came(FRAME, 11.0)
    assert lateness.seconds < 0.1


def test_a_gap_in_what_was_sent_is_forgotten() -> None:
    """Nobody's queue: there was no sound for two seconds, and what follows comes in time."""
    lateness = heard(seconds=10.0)
    lateness = heard(seconds=1.0, begun=12.0, lateness=lateness)
    assert lateness.seconds > 1.0
    assert heard(seconds=30.0, begun=13.0, lateness=lateness).seconds < 0.001
