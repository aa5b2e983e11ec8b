"""How often may be tried: guesses end soon, and nobody's guesses or requests shut others out."""

from __future__ import annotations

import pytest

from mcp_voice.page.attempts import ALL, EACH, FAILED, FILES, JoinAttempts
from mcp_voice.page.refusals import RequestRefused
from testkit.join_site import JoinSite
from tests.page.test_site import refusal

pytestmark = pytest.mark.anyio


async def test_guessing_ends_soon(site: JoinSite) -> None:
    """Ten wrong codes of one address; then it learns nothing. Behind a proxy others' right codes are let in."""
    found = [refusal(await site.join(f"WRONG-{number:05}")) for number in range(1_000)]
    assert found.count((404, "unknown-code")) == FAILED.burst
    assert set(found[int(FAILED.burst) :]) == {(429, "rate-limited")}
    site.clock.now += EACH.burst
    assert refusal(await site.join("WRONG-00000")) == (404, "unknown-code")
    assert (await site.join(site.code())).status_code == 201


async def test_whoever_guesses_behind_the_same_proxy_shuts_nobody_out(site: JoinSite) -> None:
    """All have its address."""
    for number in range(int(FAILED.burst) + 5):
        await site.join(f"WRONG-{number:05}")
    assert refusal(await site.join("WRONG-99999")) == (429, "rate-limited")
    assert (await site.join(site.code())).status_code == 201


def test_a_flood_of_requests_from_the_network_shuts_out_nobody_on_this_machine() -> None:
    """Each has a limit of all its own."""
    attempts = JoinAttempts()
    for number in range(int(ALL.burst)):
        attempts.begin(f"192.0.2.{number}", 0.0)
    with pytest.raises(RequestRefused):
        attempts.begin("192.0.2.250", 0.0)
    attempts.begin("127.0.0.1", 0.0)


async def test_opening_the_page_again_and_again_is_no_guess(site: JoinSite) -> None:
    """It asks whether it may come back; whoever then types a code is let in."""
    for _ in range(2 * int(FAILED.burst)):
        assert refusal(await site.post("/api/rejoin")) == (410, "session-over")
    assert (await site.join(site.code())).status_code == 201


def test_asking_for_a_session_without_one_uses_up_nobody_elses_requests() -> None:
    """It needs no cookie, so it must not cost those who have one; of one address it is bounded all the same."""
    attempts = JoinAttempts()
    for number in range(2 * int(ALL.burst)):
        attempts.come_back(f"192.0.2.{number}", 0.0)
    attempts.begin("192.0.2.250", 0.0)
    for _ in range(int(EACH.burst) - 2):
        attempts.come_back("192.0.2.251", 0.0)
    attempts.begin("192.0.2.251", 0.0)
    with pytest.raises(RequestRefused):
        attempts.come_back("192.0.2.251", 0.0)


async def test_files_are_not_sent_without_end(site: JoinSite) -> None:
    """To load the page some times is enough for anybody."""
    found = [(await site.browser.get("/static/dom.js")).status_code for _ in range(int(FILES.burst) + 1)]
    assert found == [200] * int(FILES.burst) + [429]
    site.clock.now += 1
    assert (await site.browser.get("/")).status_code == 200
