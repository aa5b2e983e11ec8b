"""Calls that are counted in the store: one that is away holds up as few as can be."""

from __future__ import annotations

import logging

import pytest

from mcp_voice.bounds.rate_limit import Limit
from mcp_voice.errors import StoreError
from mcp_voice.requests import rates
from mcp_voice.requests.rates import CallRates
from mcp_voice.store.memory import MemoryStore
from testkit.shared_store import Line

pytestmark = pytest.mark.anyio

ONE = Limit(burst=1, per_second=1 / 60)


class Broken(MemoryStore):
    """The keys of one subject are not ours."""

    async def charge(self, subject: str, limit: Limit) -> float:
        """See ``AskStore``."""
        if subject == "ops":
            raise StoreError("This entry is not ours.", fix="Try again.")
        return await super().charge(subject, limit)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "CHARGE_SECONDS", 0.05)


@pytest.mark.parametrize("how", ["failing", "hanging"])
async def test_a_store_that_could_not_count_one_call_holds_up_none_of_the_next(
    how: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Of no subject, until it is asked again; each call would take half a second longer, with a line of the log."""
    caplog.set_level(logging.INFO, logger=rates.log.name)
    line = Line(MemoryStore())
    getattr(line, how).add("charge")
    now = 100.0
    counted = CallRates(line, clock=lambda: now)
    assert [await counted.charge(subject, ONE) for subject in ("ops", "ops", "sales")] == [0, 0, 0]
    assert line.log == ["charge"]
    assert caplog.text.count("calls are not counted in the store for 5 s") == 1
    getattr(line, how).clear()
    now += rates.REST_SECONDS
    assert await counted.charge("ops", ONE) == 0
    assert await counted.charge("ops", ONE) > 0


async def test_what_is_wrong_with_the_keys_of_one_subject_lets_no_other_call_uncounted() -> None:
    """Somebody else may have written them."""
    counted = CallRates(Broken())
    assert [await counted.charge("ops", ONE) for _ in range(2)] == [0, 0]
    assert await counted.charge("sales", ONE) == 0
    assert await counted.charge("sales", ONE) > 0
