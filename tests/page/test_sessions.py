"""A browser that joined by a code may come back for four hours, and nobody else."""

from __future__ import annotations

import pytest

from mcp_voice.page.codes import Guest
from mcp_voice.page.refusals import RequestRefused
from mcp_voice.page.sessions import ABSENT_SECONDS, MOST_SESSIONS, RETURNS, SESSION_SECONDS, SLOTS, Sessions

ANN = Guest("kitchen", "guest-1", "Ann", "Claude")
BEN = Guest("kitchen", "guest-2", "Ben", "Claude")


def refusal(sessions: Sessions, cookie: str, now: float, *, session_id: str = "") -> str:
    """Why somebody cannot come back."""
    with pytest.raises(RequestRefused) as raised:
        sessions.returning([cookie], now, session_id=session_id)
    return raised.value.code


def test_who_joined_comes_back_as_the_same_until_four_hours_are_over() -> None:
    """A reload, a phone that slept; the time counts from joining."""
    sessions = Sessions()
    _, cookie = sessions.new(ANN, 10.0)
    assert SESSION_SECONDS == 4 * 3_600
    assert sessions.returning([cookie], 10.0 + SESSION_SECONDS - 1).guest == ANN
    assert refusal(sessions, cookie, 10.0 + SESSION_SECONDS) == "session-over"


@pytest.mark.parametrize("cookie", ["", "x", "\ud800", "x" * 10_000])
def test_no_other_cookie_lets_anybody_in(cookie: str) -> None:
    """Made up, empty, of another process, or of any length; the session's id alone is of no use."""
    sessions = Sessions()
    session_id, _ = sessions.new(ANN, 0.0)
    assert refusal(sessions, cookie, 1.0) == "session-over"
    assert refusal(sessions, cookie, 1.0, session_id=session_id) == "session-over"
    assert refusal(sessions, Sessions().new(ANN, 0.0)[1], 1.0) == "session-over"


def test_of_two_tabs_each_comes_back_as_itself_and_a_new_one_as_the_last() -> None:
    """Both send all cookies of the browser."""
    sessions = Sessions()
    ann, ben = sessions.new(ANN, 0.0), sessions.new(BEN, 1.0)
    cookies = [ann[1], ben[1]]
    assert sessions.returning(cookies, 2.0, session_id=ann[0]).guest == ANN
    assert sessions.returning(cookies, 2.0, session_id=ben[0]).guest == BEN
    assert sessions.returning(cookies, 2.0).guest == BEN
    assert refusal(sessions, ann[1], 2.0, session_id=ben[0]) == "session-over"
    assert ann[0][0] != ben[0][0], "their cookies have other names"
    assert {sessions.new(ANN, 3.0)[0][0] for _ in range(100)} == set("0123456789abcdef"[:SLOTS]), "few names in all"


def test_a_room_that_is_away_for_a_moment_is_not_over() -> None:
    """LiveKit's server is started again; and a look long ago says nothing of the time between."""
    sessions = Sessions()
    _, cookie = sessions.new(ANN, 0.0)
    session = sessions.returning([cookie], 1.0)
    assert not session.is_over(1_000.0)
    assert not session.is_over(1_000.0 + ABSENT_SECONDS - 1)
    assert session.is_over(1_000.0 + ABSENT_SECONDS)
    session.is_there()
    assert not session.is_over(1_001.0 + ABSENT_SECONDS)
    assert not session.is_over(9_000.0)
    assert sessions.returning([cookie], 9_001.0) is session


def test_a_browser_comes_back_so_often_and_no_oftener() -> None:
    """A page that loads itself anew for ever makes no tokens for ever, and is told when it may."""
    sessions = Sessions()
    _, cookie = sessions.new(ANN, 0.0)
    for _ in range(int(RETURNS.burst)):
        sessions.returning([cookie], 1.0)
    with pytest.raises(RequestRefused) as raised:
        sessions.returning([cookie], 1.0)
    assert raised.value.code == "rate-limited"
    assert sessions.returning([cookie], 1.0 + raised.value.retry_seconds).guest == ANN


def test_the_number_of_sessions_is_bounded_and_their_cookies_are_not_kept() -> None:
    """Whoever joined first cannot come back; they stay in the room."""
    sessions = Sessions()
    cookies = [sessions.new(ANN, 0.0)[1] for _ in range(MOST_SESSIONS + 1)]
    assert refusal(sessions, cookies[0], 1.0) == "session-over"
    assert sessions.returning([cookies[1]], 1.0).guest == ANN
    assert cookies[1] not in f"{sessions!r}{sessions._sessions!r}"
