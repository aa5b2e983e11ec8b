"""A browser that joined by a code may come back for four hours, and nobody else."""

from __future__ import annotations

import pytest

from mcp_voice.page.codes import Guest
from mcp_voice.page.refusals import RequestRefused
from mcp_voice.page.sessions import MOST_SESSIONS, RETURNS, SESSION_SECONDS, Sessions

ANN = Guest("kitchen", "guest-1", "Ann", "Claude")


def refusal(sessions: Sessions, cookie: str, now: float) -> str:
    """Why somebody cannot come back."""
    with pytest.raises(RequestRefused) as raised:
        sessions.returning(cookie, now)
    return raised.value.code


def test_who_joined_comes_back_as_the_same_until_four_hours_are_over() -> None:
    """A reload, a phone that slept; the time counts from joining."""
    sessions = Sessions()
    cookie = sessions.new(ANN, 10.0)
    assert SESSION_SECONDS == 4 * 3_600
    assert sessions.returning(cookie, 10.0 + SESSION_SECONDS - 1).guest == ANN
    assert refusal(sessions, cookie, 10.0 + SESSION_SECONDS) == "session-over"


@pytest.mark.parametrize("cookie", ["", "x", "\ud800", "x" * 10_000])
def test_no_other_cookie_lets_anybody_in(cookie: str) -> None:
    """Made up, empty, of another process, or of any length."""
    sessions = Sessions()
    sessions.new(ANN, 0.0)
    assert refusal(sessions, cookie, 1.0) == "session-over"
    assert refusal(sessions, Sessions().new(ANN, 0.0), 1.0) == "session-over"


def test_a_session_that_is_ended_lets_nobody_back() -> None:
    """The room is over."""
    sessions = Sessions()
    cookie = sessions.new(ANN, 0.0)
    sessions.end(sessions.returning(cookie, 1.0))
    assert refusal(sessions, cookie, 2.0) == "session-over"


def test_a_browser_comes_back_so_often_and_no_oftener() -> None:
    """A page that loads itself anew for ever makes no tokens for ever, and is told when it may."""
    sessions = Sessions()
    cookie = sessions.new(ANN, 0.0)
    for _ in range(int(RETURNS.burst)):
        sessions.returning(cookie, 1.0)
    with pytest.raises(RequestRefused) as raised:
        sessions.returning(cookie, 1.0)
    assert raised.value.code == "rate-limited"
    assert sessions.returning(cookie, 1.0 + raised.value.retry_seconds).guest == ANN


def test_the_number_of_sessions_is_bounded_and_their_cookies_are_not_kept() -> None:
    """Whoever joined first cannot come back; they stay in the room."""
    sessions = Sessions()
    cookies = [sessions.new(ANN, 0.0) for _ in range(MOST_SESSIONS + 1)]
    assert refusal(sessions, cookies[0], 1.0) == "session-over"
    assert sessions.returning(cookies[1], 1.0).guest == ANN
    assert cookies[1] not in f"{sessions!r}{sessions._sessions!r}"
