"""Coming back over HTTP: as the same person, by the browser's own cookies, while the room lasts."""

from __future__ import annotations

import pytest

from mcp_voice.page.codes import CODE_SECONDS
from mcp_voice.page.sessions import ABSENT_SECONDS, SESSION_SECONDS
from testkit.join_site import COOKIE, JoinSite, join_site
from tests.page.test_site import refusal

pytestmark = pytest.mark.anyio


async def test_the_same_browser_comes_back_as_the_same_person(site: JoinSite) -> None:
    """By its cookie alone; a reload makes nobody new."""
    joined = (await site.join(site.code(asker="Claude"), name="Ann")).json()
    again = await site.post("/api/rejoin")
    assert again.status_code == 201
    assert again.json() == joined


async def test_a_browser_that_has_not_joined_cannot_come_back(site: JoinSite) -> None:
    """Nor with a made-up cookie, nor by that of another process here, which a browser sends to all ports alike."""
    assert refusal(await site.post("/api/rejoin")) == (410, "session-over")
    assert refusal(await site.post("/api/rejoin", cookie=f"{COOKIE}_1=made-up")) == (410, "session-over")
    async with join_site(cookie="mcp_voice_ffffffff") as other:
        await other.join(other.code())
        theirs = other.browser.cookies["mcp_voice_ffffffff_1"]
    assert refusal(await site.post("/api/rejoin", cookie=f"mcp_voice_ffffffff_1={theirs}")) == (410, "session-over")
    assert refusal(await site.post("/api/rejoin", cookie=f"{COOKIE}_1={theirs}")) == (410, "session-over")


async def test_a_replayed_cookie_is_the_same_person_and_ends_after_four_hours(site: JoinSite) -> None:
    """Whoever copies it can only take that person's place, which they see, and no longer than they could themselves."""
    joined = (await site.join(site.code())).json()
    cookie = f"{COOKIE}_1={site.browser.cookies[f'{COOKIE}_1']}"
    site.browser.cookies.clear()
    assert (await site.post("/api/rejoin", cookie=cookie)).json() == joined
    site.clock.now += SESSION_SECONDS
    assert refusal(await site.post("/api/rejoin", cookie=cookie)) == (410, "session-over")


async def test_two_tabs_of_one_browser_come_back_each_as_itself(site: JoinSite) -> None:
    """In other rooms, or in one; what a tab says of itself is no secret, and lets nobody in by itself."""
    first = (await site.join(site.code(room_name="kitchen"), name="Ann")).json()
    second = (await site.join(site.code(room_name="hall"), name="Ben")).json()
    for joined in (first, second):
        assert (await site.post("/api/rejoin", {"session": joined["session"]})).json() == joined
    assert (await site.post("/api/rejoin")).json() == second
    site.browser.cookies.clear()
    assert refusal(await site.post("/api/rejoin", {"session": first["session"]})) == (410, "session-over")


async def test_however_often_one_browser_joins_what_it_sends_stays_small(site: JoinSite) -> None:
    """And its last tabs come back."""
    joined = []
    for _ in range(40):
        site.clock.now += 10
        joined.append((await site.join(site.code())).json())
    assert len(site.browser.cookies) == 16
    assert (await site.post("/api/rejoin", {"session": joined[-16]["session"]})).json() == joined[-16]
    assert refusal(await site.post("/api/rejoin", {"session": joined[0]["session"]})) == (410, "session-over")


async def test_a_livekit_server_that_is_started_again_ends_no_stay(site: JoinSite) -> None:
    """The page tries until the room is there again; nobody but who asks makes it."""
    joined = (await site.join(site.code())).json()
    site.clock.now += CODE_SECONDS + 1
    there = site.engine.people.pop("kitchen")
    absent = await site.post("/api/rejoin")
    assert refusal(absent) == (503, "room-absent")
    assert absent.headers["retry-after"] == "5"
    site.clock.now += ABSENT_SECONDS - 1
    assert refusal(await site.post("/api/rejoin")) == (503, "room-absent")
    site.engine.people["kitchen"] = there
    assert (await site.post("/api/rejoin")).json() == joined


async def test_nobody_comes_back_into_a_room_that_is_over(site: JoinSite) -> None:
    """It is not made again; only while the token of joining is valid may a room not be there yet."""
    await site.join(site.code())
    site.engine.people.clear()
    assert (await site.post("/api/rejoin")).status_code == 201
    site.clock.now += CODE_SECONDS + 1
    assert refusal(await site.post("/api/rejoin")) == (503, "room-absent")
    site.clock.now += ABSENT_SECONDS
    assert refusal(await site.post("/api/rejoin")) == (410, "room-over")


async def test_who_was_removed_or_whose_room_was_deleted_does_not_come_back(site: JoinSite) -> None:
    """As far as we were there to hear it; whoever joins by a new code afterwards does."""
    first = (await site.join(site.code())).json()
    site.engine.removals["kitchen", first["identity"]] = site.clock.now + 1
    assert refusal(await site.post("/api/rejoin")) == (410, "removed")
    site.clock.now += 2
    second = (await site.join(site.code())).json()
    assert (await site.post("/api/rejoin", {"session": second["session"]})).status_code == 201
    assert refusal(await site.post("/api/rejoin", {"session": first["session"]})) == (410, "removed")
