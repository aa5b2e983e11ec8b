"""Who is in a room: absence counts only while we can see it, and who left long ago is forgotten."""

from __future__ import annotations

import pytest

from mcp_voice.participants import EVERYBODY, CallState, Participant, ParticipantKind, Target
from mcp_voice.turns.presence import ABSENCE_SECONDS, OUTAGE_ABSENCE_SECONDS, REMEMBERED, REMEMBERED_SECONDS, Presence
from testkit.fake_link import ALICE, BOB
from testkit.telephone import CALLER, ENDED, RINGS


def left_alone(now: float) -> Presence:
    """Alice was here and has gone."""
    present = Presence()
    present.begin([ALICE], now)
    present.left(ALICE, now, mid_turn=False)
    assert not present.nobody_left(now, EVERYBODY)
    return present


def test_nobody_is_expected_back_after_a_while() -> None:
    """Five seconds: a reload takes less."""
    present = left_alone(0)
    assert not present.nobody_left(ABSENCE_SECONDS - 0.1, EVERYBODY)
    assert present.nobody_left(ABSENCE_SECONDS, EVERYBODY)


def test_absence_does_not_count_while_we_are_cut_off() -> None:
    """Our own outage tells nothing about others."""
    present = left_alone(0)
    present.cut_off()
    assert not present.nobody_left(1_000, EVERYBODY)
    assert not list(present.dues(watch_absence=True))


def test_absence_counts_anew_from_our_return_and_for_longer() -> None:
    """They went through the same outage, and their client may be slower than ours."""
    present = left_alone(0)
    present.cut_off()
    present.begin([], 100)
    assert not present.nobody_left(100, EVERYBODY)
    assert not present.nobody_left(100 + OUTAGE_ABSENCE_SECONDS - 0.1, EVERYBODY)
    assert present.nobody_left(100 + OUTAGE_ABSENCE_SECONDS, EVERYBODY)


def test_a_resumed_connection_counts_like_a_new_one() -> None:
    """The same without leaving the room."""
    present = left_alone(0)
    present.cut_off()
    present.reconnected()
    assert not present.nobody_left(100, EVERYBODY)
    assert not present.nobody_left(100 + ABSENCE_SECONDS, EVERYBODY)
    assert present.nobody_left(100 + OUTAGE_ABSENCE_SECONDS, EVERYBODY)


def test_absence_before_a_question_does_not_count() -> None:
    """An hour ago everybody left a question; whoever loads the page anew during the next one is waited for."""
    present = left_alone(0)
    assert present.nobody_left(ABSENCE_SECONDS, EVERYBODY)
    present.joined(ALICE, 3600)
    present.asked()
    present.left(ALICE, 3610, mid_turn=False)
    assert not present.nobody_left(3610, EVERYBODY)
    assert present.nobody_left(3610 + ABSENCE_SECONDS, EVERYBODY)


def test_whoever_is_back_after_an_outage_ends_the_longer_patience() -> None:
    """The next absence is an ordinary one."""
    present = left_alone(0)
    present.cut_off()
    present.begin([ALICE], 100)
    assert not present.nobody_left(101, EVERYBODY)
    present.left(ALICE, 102, mid_turn=False)
    assert not present.nobody_left(102, EVERYBODY)
    assert present.nobody_left(102 + ABSENCE_SECONDS, EVERYBODY)


def test_who_left_is_known_while_their_words_may_come_and_forgotten_then() -> None:
    """With the next one who leaves."""
    present = left_alone(0)
    assert present.human("alice") == ALICE
    present.joined(BOB, 0)
    present.left(BOB, REMEMBERED_SECONDS + 1, mid_turn=False)
    assert present.human("alice") is None
    assert present.human("bob") == BOB


def test_who_came_back_is_not_forgotten() -> None:
    """However long ago they left before."""
    present = left_alone(0)
    present.joined(ALICE, 0)
    present.joined(BOB, 0)
    present.left(BOB, 10_000, mid_turn=False)
    assert present.human("alice") == ALICE


def test_a_crowd_that_comes_and_goes_is_not_kept() -> None:
    """Ten thousand identities in a second."""
    present = Presence()
    for number in range(10_000):
        guest = Participant(f"guest {number}", "Guest", "human")
        present.joined(guest, 0)
        present.left(guest, number / 10_000, mid_turn=True)
    assert len(present._known) <= REMEMBERED
    assert len(present._gone) <= REMEMBERED
    assert len(present._farewells) <= REMEMBERED


def test_who_went_while_we_were_out_is_forgotten_too() -> None:
    """They have no farewell of their own."""
    present = Presence()
    present.begin([ALICE, BOB], 0)
    present.cut_off()
    present.begin([BOB], 10)
    present.left(BOB, 10 + REMEMBERED_SECONDS, mid_turn=False)
    assert present.human("alice") is None


def test_a_phone_that_hung_up_is_not_expected_back() -> None:
    """It comes back by a new call only; that it leaves the room a moment later changes nothing."""
    present = Presence()
    present.begin([CALLER], 0)
    assert not present.nobody_left(1, EVERYBODY)
    present.call_changed(ENDED, 1, mid_turn=False)
    assert present.nobody_left(1, EVERYBODY)
    present.left(ENDED, 1.2, mid_turn=True)
    assert present.nobody_left(1.2, EVERYBODY)


def test_words_under_way_are_waited_for_after_a_hang_up() -> None:
    """As after any other leaving."""
    present = Presence()
    present.begin([CALLER], 0)
    present.call_changed(ENDED, 1, mid_turn=True)
    assert not present.nobody_left(1, EVERYBODY)
    present.heard_out("caller")
    assert present.nobody_left(1.5, EVERYBODY)


def test_whoever_may_be_back_is_waited_for_though_a_phone_has_hung_up() -> None:
    """A page that is loaded anew takes its time."""
    present = Presence()
    present.begin([ALICE, CALLER], 0)
    present.left(ALICE, 1, mid_turn=False)
    present.call_changed(ENDED, 2, mid_turn=False)
    assert not present.nobody_left(2, EVERYBODY)
    assert present.nobody_left(2 + ABSENCE_SECONDS, EVERYBODY)


def test_a_phone_whose_bridge_says_nothing_of_its_call_may_be_back() -> None:
    """As before."""
    present = Presence()
    present.begin([BOB], 0)
    present.left(BOB, 1, mid_turn=False)
    assert not present.nobody_left(1, EVERYBODY)
    assert present.nobody_left(1 + ABSENCE_SECONDS, EVERYBODY)


def test_a_phone_found_hung_up_is_not_there() -> None:
    """Its bridge is slow to take it out of the room."""
    present = Presence()
    present.begin([ENDED], 0)
    assert not present.anybody_there()
    assert present.nobody_left(0, EVERYBODY)
    present.joined(CALLER, 0)
    assert not present.nobody_left(1, EVERYBODY)


def test_a_phone_that_comes_in_hung_up_is_not_there() -> None:
    """Its attribute may have changed before the room told of it; and one that rings is nobody to hear us yet."""
    present = Presence()
    present.begin([], 0)
    present.joined(ENDED, 1)
    assert present.here() == []
    assert not present.anybody_there()
    assert present.nobody_left(1, EVERYBODY)
    assert present.human("caller") == ENDED
    present.left(ENDED, 1.2, mid_turn=True)
    assert present.nobody_left(1.2, EVERYBODY)
    present.joined(RINGS, 2)
    assert not present.anybody_there()
    assert present.only_ringing(EVERYBODY)


def test_a_phone_that_rings_counts_as_somebody_to_come() -> None:
    """Nobody is there to hear us, and nobody has left."""
    present = Presence()
    present.begin([RINGS], 0)
    assert present.only_ringing(EVERYBODY)
    assert not present.nobody_left(1_000, EVERYBODY)
    present.call_changed(CALLER, 1, mid_turn=False)
    assert not present.only_ringing(EVERYBODY)


@pytest.mark.parametrize("call", ["", "ringing", "active", "ended"])
@pytest.mark.parametrize("kind", ["human", "phone", "agent", "other"])
def test_who_is_there_can_be_asked_and_whoever_rings_is_not_there_yet(kind: ParticipantKind, call: CallState) -> None:
    """Only a phone can ring or be hung up, whatever others say of themselves."""
    one = Participant("p", "P", kind, call)
    there = kind == "human" or (kind == "phone" and call in ("", "active"))
    assert one.is_there == there
    assert one.rings == (kind == "phone" and call == "ringing")
    assert one.is_human == (kind in ("human", "phone"))


def test_a_target_concerns_one_participant_or_everybody() -> None:
    """An empty identity means everybody, in one place."""
    assert EVERYBODY.concerns("alice")
    assert Target("alice").concerns("alice")
    assert not Target("alice").concerns("bob")
    assert EVERYBODY.covers(Target("alice"))
    assert not Target("alice").covers(EVERYBODY)
