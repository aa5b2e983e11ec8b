"""Codes let one person into one room, once, for ten minutes; nobody guesses one, and none is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_voice.page.codes import ALPHABET, CODE_SECONDS, MOST_ENDED, MOST_OPEN, Codes, Guest
from mcp_voice.page.refusals import RequestRefused

ANN = Guest("kitchen", "guest-1", "Ann", "Claude")
BEN = Guest("hall", "guest-2")


def refusal(codes: Codes, code: str, now: float) -> str:
    """Why a code is refused."""
    with pytest.raises(RequestRefused) as raised, codes.using(code, now):
        pass
    return raised.value.code


def test_a_code_lets_in_whom_it_is_for_and_only_once() -> None:
    """The second use says so, instead of that the code is wrong."""
    codes = Codes()
    for_ann, for_ben = codes.new(ANN, 0.0), codes.new(BEN, 1.0)
    with codes.using(for_ben, 2.0) as guest:
        assert guest == BEN
    assert codes.is_open(for_ann, 2.0)
    with codes.using(for_ann, 2.0) as guest:
        assert guest == ANN
    assert not codes.is_open(for_ann, 3.0)
    assert refusal(codes, for_ann, 3.0) == "used-code"


def test_a_code_ends_after_ten_minutes() -> None:
    """To the second; and it says that it has expired."""
    codes = Codes()
    code = codes.new(ANN, 100.0)
    assert CODE_SECONDS == 600
    with codes.using(code, 699.9) as guest:
        assert guest == ANN
    late = codes.new(ANN, 100.0)
    assert not codes.is_open(late, 700.0)
    assert refusal(codes, late, 700.0) == "expired-code"
    assert refusal(codes, late, 10_000.0) == "expired-code"


@pytest.mark.parametrize("typed", ["{code}", " {lower} ", "{plain}", "{spaced}", "{misread}"])
def test_a_code_may_be_typed_as_people_type(typed: str) -> None:
    """In small letters, without the hyphen, with a space, with an O for a zero and an l for a one."""
    codes = Codes()
    code = codes.new(ANN, 0.0)
    plain = code.replace("-", "")
    forms = {
        "code": code,
        "lower": code.lower(),
        "plain": plain,
        "spaced": code.replace("-", " "),
        "misread": plain.replace("0", "O").replace("1", "l"),
    }
    with codes.using(typed.format(**forms), 1.0) as guest:
        assert guest == ANN


def test_a_code_has_fifty_random_bits() -> None:
    """Ten characters of 32, each of which comes, and none twice in two hundred."""
    codes = Codes()
    made = [codes.new(ANN, 0.0) for _ in range(MOST_OPEN)]
    assert len(set(made)) == MOST_OPEN
    assert {len(code) for code in made} == {11}
    assert len(ALPHABET) == 32
    assert set("".join(made)) == {*ALPHABET, "-"}


def test_a_use_that_fails_leaves_the_code_as_it_was() -> None:
    """LiveKit was not there: the same link works a moment later, until its ten minutes are over."""
    codes = Codes()
    code = codes.new(ANN, 0.0)
    with pytest.raises(ZeroDivisionError), codes.using(code, 1.0):
        raise ZeroDivisionError
    with codes.using(code, 599.0) as guest:
        assert guest == ANN
    assert refusal(codes, code, 599.0) == "used-code"
    other = codes.new(BEN, 0.0)
    with pytest.raises(ZeroDivisionError), codes.using(other, 599.0):
        raise ZeroDivisionError
    assert refusal(codes, other, 600.0) == "expired-code"


def test_nobody_else_can_use_a_code_that_is_being_used() -> None:
    """Two browsers at the same instant: one comes in."""
    codes = Codes()
    code = codes.new(ANN, 0.0)
    with codes.using(code, 1.0):
        assert refusal(codes, code, 1.0) == "used-code"


def test_the_number_of_codes_is_bounded() -> None:
    """A model that invites for ever ends the oldest invitations, not our memory."""
    codes = Codes()
    made = [codes.new(ANN, 0.0) for _ in range(MOST_OPEN + 1)]
    assert refusal(codes, made[0], 1.0) == "expired-code"
    with codes.using(made[1], 1.0) as guest:
        assert guest == ANN
    for _ in range(MOST_ENDED + MOST_OPEN):
        codes.new(ANN, 0.0)
    assert len(codes._open) == MOST_OPEN
    assert len(codes._ended) == MOST_ENDED
    assert refusal(codes, made[0], 1.0) == "unknown-code"


def test_only_hashes_of_codes_are_kept_and_nothing_is_shown() -> None:
    """Neither a log of the object nor a look inside tells a code."""
    codes = Codes()
    code = codes.new(ANN, 0.0)
    inside = f"{codes!r}{codes._open!r}{codes._ended!r}"
    assert code not in inside
    assert code.replace("-", "") not in inside


@given(st.text(alphabet=st.characters(), max_size=60))
def test_whatever_is_typed_is_no_code(typed: str) -> None:
    """Lone surrogates, controls and any length are unknown, not an error of ours."""
    codes = Codes()
    codes.new(ANN, 0.0)
    assert refusal(codes, typed, 1.0) == "unknown-code"


def test_whoever_comes_and_goes_without_end_ends_no_other_rooms_codes() -> None:
    """Each time there is a new one for their room."""
    codes = Codes()
    other = codes.new(Guest("other", "guest-0"), 0.0)
    found = [codes.new(Guest("kitchen", f"guest-{number}"), 1.0) for number in range(MOST_OPEN)]
    assert codes.is_open(other, 2.0)
    assert not codes.is_open(found[0], 2.0)
    assert codes.is_open(found[-1], 2.0)


def test_invitations_of_one_inviter_end_no_link_of_anothers() -> None:
    """However many rooms they are into."""
    codes = Codes()
    ours = codes.new(Guest("kitchen", "guest-0", inviter="ops"), 0.0)
    for number in range(2 * MOST_OPEN):
        codes.new(Guest(f"room-{number}", f"guest-{number}", inviter="sales"), 1.0)
    assert codes.is_open(ours, 2.0)
