"""Whether anybody's client takes the companion's sound, and when that is known."""

from __future__ import annotations

import pytest

from mcp_voice_agent.conversation.listeners import LIKELY_SECONDS, UNLIKELY_SECONDS, UNSEEN_SECONDS, Listeners, Means


def begun() -> Listeners:
    """Our voice can be asked for since the instant 0."""
    listeners = Listeners()
    listeners.published(0.0)
    return listeners


def after(listeners: Listeners, now: float, **people: Means) -> tuple[str, bool]:
    """What is known then, and whether our voice is published anew."""
    anew = listeners.look(people, now)
    return listeners.hearing, anew


@pytest.mark.parametrize(("means", "grace"), [("none", UNLIKELY_SECONDS), ("microphone", LIKELY_SECONDS)])
def test_whoever_does_not_ask_for_our_sound_is_written_to(means: Means, grace: float) -> None:
    """A little later if they send sound themselves: their network may be slow."""
    listeners = begun()
    assert after(listeners, grace - 0.1, alice=means) == ("unknown", False)
    assert listeners.due_in({"alice": means}, grace - 0.1) == pytest.approx(0.1)
    assert after(listeners, grace, alice=means) == ("nobody", False)
    assert listeners.due_in({"alice": means}, grace) == float("inf")


def test_a_phone_is_never_written_to() -> None:
    """It cannot read, and rings until it gets our sound."""
    assert after(begun(), 1000.0, caller="phone") == ("unknown", False)


def test_nobody_is_given_up_before_our_voice_can_be_asked_for_or_while_nobody_is_there() -> None:
    """The time begins when both are."""
    assert after(Listeners(), 1000.0, alice="none") == ("unknown", False)
    listeners = begun()
    after(listeners, 1000.0)
    assert after(listeners, 1000.0 + UNLIKELY_SECONDS - 0.1, alice="none") == ("unknown", False)


def test_whoever_asks_for_it_is_spoken_to_from_then_on() -> None:
    """However late."""
    listeners = begun()
    after(listeners, 100.0, alice="none")
    listeners.subscribed({"alice": "none"}, 0.0)
    assert after(listeners, 200.0, alice="none") == ("somebody", False)
    assert listeners.due_in({"alice": "none"}, 200.0) == float("inf")


def test_when_all_who_may_have_asked_have_left_it_is_published_anew_for_those_who_came_later() -> None:
    """LiveKit would not tell whether they take it; if they do not ask again, they are written to."""
    listeners = begun()
    listeners.subscribed({"alice": "none"}, 0.0)
    assert after(listeners, 10.0, alice="none", bob="none") == ("somebody", False)
    assert after(listeners, 11.0, bob="none") == ("somebody", False)
    assert listeners.due_in({"bob": "none"}, 11.0) == pytest.approx(UNLIKELY_SECONDS - 1.0)
    assert after(listeners, 10.0 + UNLIKELY_SECONDS, bob="none") == ("unknown", True)
    assert after(listeners, 100.0, bob="none") == ("unknown", False)
    listeners.published(100.0)
    assert after(listeners, 100.0 + UNLIKELY_SECONDS, bob="none") == ("nobody", False)


def test_whoever_comes_with_a_microphone_is_taken_for_a_listener() -> None:
    """Nothing is published anew for people who come back."""
    listeners = begun()
    listeners.subscribed({"alice": "microphone"}, 0.0)
    after(listeners, 10.0)
    assert after(listeners, 1000.0, alice="microphone") == ("somebody", False)
    assert after(listeners, 2000.0, alice="microphone", bob="none") == ("somebody", False)


def test_whoever_was_written_to_is_so_again_when_the_one_who_came_to_listen_has_left() -> None:
    """The newcomer was the one who asked, until it shows that it was not."""
    listeners = begun()
    assert after(listeners, UNLIKELY_SECONDS, bob="none") == ("nobody", False)
    listeners.subscribed({"bob": "none", "alice": "none"}, 5.0)
    assert after(listeners, 10.0, bob="none", alice="none") == ("somebody", False)
    assert after(listeners, 20.0, bob="none") == ("unknown", True)
    listeners.published(20.1)
    listeners.subscribed({"bob": "none"}, 20.2)
    assert after(listeners, 1000.0, bob="none") == ("somebody", False)


def test_whoever_asks_before_livekit_shows_them_is_the_one_who_asked() -> None:
    """They are shown within three seconds; if nobody is, it was one of those who are there."""
    for shown_later in (True, False):
        listeners = begun()
        after(listeners, UNLIKELY_SECONDS, bob="none")
        listeners.subscribed({"bob": "none"}, 10.0)
        assert after(listeners, 10.0, bob="none") == ("somebody", False)
        assert listeners.due_in({"bob": "none"}, 10.0) == UNSEEN_SECONDS
        if shown_later:
            after(listeners, 12.0, bob="none", alice="none")
        assert after(listeners, 30.0, bob="none") == (("unknown", True) if shown_later else ("somebody", False))
