"""Coming in by a code, once; being thrown back, and coming again."""

from __future__ import annotations

import pytest
from livekit import api
from playwright.async_api import Browser, Route, expect

from mcp_voice.asks.join_links import JoinPage
from mcp_voice.page.codes import MOST_OPEN
from testkit.browser import LIMIT, LIMIT_MS, Visitor, visitor
from testkit.gate import gate
from testkit.host import Host
from testkit.rig import Rig, part_of, voice_of
from testkit.waiting import until
from tests.page.browser.conftest import door_to

pytestmark = pytest.mark.anyio

QUESTION = "Shall I go ahead?"


async def test_a_reload_in_the_middle_of_an_answer_loses_nothing(
    host: Host, door: JoinPage, ada: Visitor, room: str
) -> None:
    """The page is in the room again by itself, as the same person, and what was said before counts."""
    text = "I want to change the color to green"
    await ada.join((await door.link(room)).url)
    async with host.asking("What is to be done?", room_name=room) as call:
        await ada.answers(part_of(text, 0, 5))
        await ada.page.reload()
        await ada.is_in_the_room()
        await ada.reads("question-text", "What is to be done?")
        await ada.reads("mute-text", "Mute")
        await ada.speak(part_of(text, 5, 8))
    # The word at the cut may be heard on both sides of it.
    assert call.answer.reply is not None
    assert call.answer.reply.startswith("I want to change the")
    assert call.answer.reply.endswith("color to green")
    assert call.answer.participant is not None
    assert call.answer.participant.name == "Ada"


async def test_a_code_lets_one_person_in_once_and_is_left_nowhere(
    door: JoinPage, ada: Visitor, chromium: Browser, room: str
) -> None:
    """Not in address, history, requests or Referer; another browser is told that it is used."""
    link = await door.link(room)
    await ada.join(link.url)
    assert link.code not in await ada.page.evaluate("location.href + JSON.stringify(history.state)")
    for address, headers in ada.requests:
        assert link.code not in address
        assert link.code not in headers.get("referer", "")
    await ada.page.goto("about:blank")
    await ada.page.go_back()
    assert link.code not in ada.page.url
    async with visitor(chromium) as eve:
        await eve.open(link.url)
        await eve.press("Join")
        await eve.reads("lobby-title", "This link has been used")
        await eve.press("Come back")
        await eve.reads("lobby-title", "Your visit is over")


async def test_an_expired_code_says_so_and_another_can_be_typed(door: JoinPage, ada: Visitor, room: str) -> None:
    """As many newer ones end it as ten minutes do."""
    old = await door.link(room)
    new = [await door.link(room) for _ in range(MOST_OPEN)][-1]
    await ada.open(old.url)
    await ada.press("Join")
    await ada.reads("lobby-title", "This link has expired")
    await ada.page.get_by_label("Invitation code").fill(new.code.lower())
    await ada.press("Join")
    await ada.is_in_the_room()


async def test_a_page_of_another_origin_cannot_use_a_code(door: JoinPage, ada: Visitor, room: str) -> None:
    """Neither by a request nor in a frame; the code is as good as before."""
    link = await door.link(room)
    own = link.url.partition("#")[0]

    async def serve(route: Route) -> None:
        await route.fulfill(body="<h1>Elsewhere</h1>", content_type="text/html")

    await ada.page.route("http://elsewhere.test/**", serve)
    await ada.open("http://elsewhere.test/")
    attempt = """([url, code]) => Promise.allSettled(["cors", "no-cors"].map((mode) =>
        fetch(`${url}api/join`, {method: "POST", mode, body: JSON.stringify({code}),
            headers: mode === "cors" ? {"Content-Type": "application/json"} : {}})
        .then((response) => response.status)))"""
    told = await ada.page.evaluate(attempt, [own, link.code])
    assert [each.get("value", "refused") for each in told] == ["refused", "refused"]
    await ada.page.evaluate(
        "url => document.body.append(Object.assign(document.createElement('iframe'), {src: url}))", own
    )
    await until(lambda: any(each.url.startswith("chrome-error:") for each in ada.page.frames), limit=LIMIT)
    assert not any(each.url.startswith(own) for each in ada.page.frames)
    await ada.join(link.url)


async def test_two_people_on_two_pages_hear_and_see_each_other(
    host: Host, door: JoinPage, chromium: Browser, ada: Visitor, room: str
) -> None:
    """Either may answer; what one writes the other reads; what is asked of one is not the other's to tap."""
    async with visitor(chromium) as bob:
        await ada.join((await door.link(room)).url, name="Ada")
        await bob.join((await door.link(room)).url, name="Bob")
        await expect(ada.page.locator("#people li")).to_have_count(2)
        await bob.writes("Hello Ada")
        await expect(ada.page.locator("#lines .words").last).to_have_text("Hello Ada", timeout=LIMIT_MS)
        async with host.asking(QUESTION, room_name=room, participant="Bob", choices=["yes", "no"]) as call:
            await ada.hears()
            await ada.reads("question-note", "This question is for Bob.")
            await expect(ada.page.locator("#choices button")).to_have_count(0)
            await bob.answers(voice_of("yes please go ahead"))
    assert (call.answer.choice, call.answer.channel) == ("yes", "speech")
    assert call.answer.participant is not None
    assert call.answer.participant.name == "Bob"


async def test_the_page_comes_back_when_livekit_does(rig: Rig, ada: Visitor, room: str) -> None:
    """It says what is wrong meanwhile; with no network at all, too; a removed person is not brought back."""
    async with gate(rig.server.url) as outside, door_to(rig, outside) as door:
        outside.api_answer = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
        await ada.open((await door.link(room)).url)
        await ada.press("Join")
        await ada.reads("lobby-title", "The room's server does not answer")
        outside.api_answer = b""
        await ada.press("Try again")
        await ada.is_in_the_room()

        outside.shut()
        await outside.slam()
        await ada.reads("banner-text", "Reconnecting.")
        await outside.knocked(limit=LIMIT)
        outside.open()
        await ada.reads("connection-text", "Connected")
        await expect(ada.page.locator("#banner")).to_be_hidden()

        await ada.context.set_offline(True)
        await outside.slam()
        await ada.reads("banner-text", "The page's server does not answer.")
        await ada.context.set_offline(False)
        await ada.reads("connection-text", "Connected")
        await ada.reads("mute-text", "Mute")
        async with rig.api() as server:
            there = (await server.room.list_participants(api.ListParticipantsRequest(room=room))).participants
            (identity,) = {each.identity for each in there}
            await server.room.remove_participant(api.RoomParticipantIdentity(room=room, identity=identity))
        await ada.reads("lobby-title", "You were removed from the room")


async def test_who_left_comes_back_by_one_press(door: JoinPage, ada: Visitor, room: str) -> None:
    """Without a new code; and a second window takes the place over, which the first one says."""
    await ada.join((await door.link(room)).url)
    await ada.press("Leave")
    await ada.reads("lobby-title", "You have left")
    await ada.press("Come back")
    await ada.is_in_the_room()
    second = await ada.context.new_page()
    await second.goto(ada.page.url)
    await second.get_by_role("button", name="Come back").click()
    await ada.reads("lobby-title", "You joined in another window")


async def test_two_tabs_of_one_browser_are_two_people(door: JoinPage, ada: Visitor, room: str) -> None:
    """Each has a code and a cookie of its own, and comes back as itself."""
    await ada.join((await door.link(room)).url)
    second = await ada.context.new_page()
    await second.goto((await door.link(room)).url)
    await second.get_by_role("button", name="Join").click()
    await expect(ada.page.locator("#people li")).to_have_count(2, timeout=LIMIT_MS)
    await ada.page.reload()
    await ada.is_in_the_room()
    await expect(ada.page.locator("#people li")).to_have_count(2, timeout=LIMIT_MS)


async def test_a_link_for_a_meeting_bot_joins_without_a_click(door: JoinPage, ada: Visitor, room: str) -> None:
    """Its fragment says so, and whoever made it meant it; else it says who invites, and waits for the button."""
    await ada.open(f"{(await door.link(room, asker='Claude')).url}&autojoin")
    await ada.reads("lobby-title", "Claude would like to talk to you")
    await ada.open((await door.link(room, name="Recorder", autojoin=True)).url)
    await ada.is_in_the_room()
    await expect(ada.page.locator("#people li")).to_contain_text(["Recorder"])


async def test_the_name_that_an_invitation_gives_is_suggested_and_may_be_changed(
    door: JoinPage, ada: Visitor, room: str
) -> None:
    """The field asked "What should we call you?" though the link was made for Ana; whoever it is may say otherwise."""
    name = ada.page.locator("#name")
    await ada.open((await door.link(room, name="Ana")).url)
    await expect(name).to_have_value("Ana")
    await ada.page.get_by_role("button", name="Join").click()
    await ada.is_in_the_room()
    await expect(ada.page.locator("#people li")).to_contain_text(["Ana"])
    await ada.open("about:blank")
    await ada.open((await door.link(room)).url)
    await expect(name).to_have_value("")
    await name.fill("Zoë")
    await ada.open((await door.link(room, name="Ana")).url)
    await ada.page.wait_for_load_state("networkidle")
    await expect(name).to_have_value("Zoë")
