"""Shares of each participant: so much at once, and so much a second."""

from __future__ import annotations

import pytest

from mcp_voice.bounds.rate_limit import MOST_REMEMBERED, REMEMBERED, Limit, RateLimit

NOW = 10_000.0


def test_a_share_comes_back_with_time() -> None:
    """So much at once, and so much a second; what is refused costs nothing."""
    share = RateLimit(Limit(burst=2, per_second=1))
    assert [share.allows("a", NOW) for _ in range(4)] == [True, True, False, False]
    assert share.opens_in("a", NOW) == pytest.approx(1)
    assert share.allows("a", NOW + 1)
    assert not share.allows("a", NOW + 1)
    assert share.allows("b", NOW)


def test_shares_of_thousands_are_not_kept_for_ever() -> None:
    """Identities come and go; those whose share is whole again are forgotten."""
    share = RateLimit(Limit(burst=1, per_second=1))
    for number in range(3 * REMEMBERED):
        assert share.allows(f"guest {number}", NOW + 2 * number)
    assert len(share._spent) <= REMEMBERED


def test_what_an_event_costs_does_not_grow_with_how_many_came_before() -> None:
    """Beyond a thousand identities, with each new one all of them were looked at."""
    looked_at: list[str] = []

    class Spent(dict[str, tuple[float, float]]):
        def pop(self, identity: str, *default: object) -> object:  # type: ignore[override]
            looked_at.append(identity)
            return super().pop(identity, *default)

        def __delitem__(self, identity: str) -> None:
            looked_at.append(identity)
            super().__delitem__(identity)

        def get(self, identity: str, *default: object) -> object:  # type: ignore[override]
            looked_at.append(identity)
            return super().get(identity, *default)

    share = RateLimit(Limit(burst=1, per_second=1e-6))
    share._spent = Spent()
    for number in range(12 * REMEMBERED):
        looked_at.clear()
        assert share.allows(f"guest {number}", NOW)
        assert len(looked_at) < 10
    assert len(share._spent) <= MOST_REMEMBERED
    assert not share.allows(f"guest {number}", NOW)


def test_whoever_has_used_up_their_share_is_not_forgotten_by_those_who_come_and_go() -> None:
    """It would be whole again."""
    share = RateLimit(Limit(burst=2, per_second=0.001))
    assert share.allows("mallory", NOW, cost=2)
    for number in range(2 * REMEMBERED):
        share.allows(f"guest {number}", NOW, cost=0)
    assert not share.allows("mallory", NOW)


def test_a_clock_that_stands_still_gives_nothing_back() -> None:
    """Nor one that goes backwards."""
    share = RateLimit(Limit(burst=1, per_second=1))
    assert share.allows("a", NOW)
    assert not share.allows("a", NOW - 100)
