"""What still works where something is missing: a microphone, a secure page, leave to play sound, somebody who looks."""

from __future__ import annotations

import json
import socket

import pytest
from playwright.async_api import Browser, expect

from mcp_voice.asks.join_links import JoinPage
from mcp_voice.floor_protocol import ASK_ATTRIBUTE
from testkit.browser import ELSEWHERE, LIMIT, LIMIT_MS, Visitor, browser, visitor
from testkit.host import Host
from testkit.rig import Rig
from testkit.waiting import until
from tests.page.browser.conftest import door_to

pytestmark = pytest.mark.anyio

QUESTION = "Shall I go ahead?"
NOTHING_KEPT = """for (const name of ["localStorage", "sessionStorage"]) {
    Object.defineProperty(window, name, {get() { throw new DOMException("blocked", "SecurityError"); }});
}"""


async def test_without_a_microphone_the_question_is_heard_and_tapped(
    host: Host, door: JoinPage, chromium: Browser, room: str
) -> None:
    """The browser really denies it, and keeps nothing for sites; the page says so, and everything else works."""
    async with visitor(chromium, permissions=(), injected=False) as ada:
        await ada.context.add_init_script(NOTHING_KEPT)
        await ada.join((await door.link(room)).url)
        await ada.reads("banner-text", "The microphone is blocked for this page.")
        async with host.asking(QUESTION, room_name=room, choices=["yes", "no"]) as call:
            await ada.hears()
            await ada.reads("question-note", "Tap or type your answer.")
            await ada.press("no")
    assert (call.answer.channel, call.answer.choice) == ("chat", "no")


async def test_a_page_of_plain_http_elsewhere_can_be_tapped_and_written_in(
    host: Host, rig: Rig, chromium: Browser, room: str
) -> None:
    """No secure context: no microphone, and no `crypto.randomUUID`, without which LiveKit's client sends no text."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://{ELSEWHERE}:{port}"
    async with (
        door_to(rig, rig.gate, page_port=port, page_url=url) as door,
        visitor(chromium, permissions=(), injected=False) as ada,
    ):
        await ada.join((await door.link(room)).url)
        assert ada.page.url.startswith(url)
        assert not await ada.page.evaluate("isSecureContext")
        await ada.reads("banner-text", "https pages only")
        async with host.asking(QUESTION, room_name=room) as call:
            await ada.reads("question-text", QUESTION)
            await ada.writes("Wait for me")
    assert (call.answer.channel, call.answer.reply) == ("chat", "Wait for me")


async def test_a_browser_that_plays_nothing_by_itself_asks_for_a_tap(rig: Rig, door: JoinPage, room: str) -> None:
    """A page that joined without a click is silent until somebody presses a button."""
    async with (
        browser() as strict,
        rig.person(room, "mcp-voice-voice", name="Claude", kind="agent") as claude,
        visitor(strict) as ada,
    ):
        await ada.open((await door.link(room, autojoin=True)).url)
        # Looking at the page counts as a click there, so until it plays, or may not, nobody looks.
        guests = claude.connection.remote_participants
        await until(lambda: [each for each in guests.values() if each.track_publications], limit=LIMIT)
        await ada.press("Tap to hear")
        await expect(ada.page.locator("#hear")).to_be_hidden(timeout=LIMIT_MS)


async def test_a_question_to_a_page_in_the_background_calls_its_person(
    rig: Rig, door: JoinPage, ada: Visitor, room: str
) -> None:
    """By the tab's title, and by one notification where they allowed that."""
    await ada.context.add_init_script(
        """globalThis.shown = [];
        globalThis.Notification = class extends EventTarget {
            static permission = "granted";
            constructor(title, {body}) { super(); shown.push(`${title}: ${body}`); }
        };"""
    )
    await ada.join((await door.link(room)).url)
    await ada.page.evaluate("Object.defineProperty(document, 'hidden', {get: () => true})")
    async with rig.person(room, "mcp-voice-asker", name="Claude", kind="agent") as asker:
        me = asker.connection.local_participant
        told = {"id": "ask-1", "participant": "", "question": QUESTION}
        await me.set_attributes({ASK_ATTRIBUTE: json.dumps(told)})
        await ada.reads("question-text", QUESTION)
        await expect(ada.page).to_have_title("● Question · " + room + " · Voice room")
        await me.set_attributes({ASK_ATTRIBUTE: json.dumps({**told, "choices": ["yes"]})})
        await ada.sees(ada.page.get_by_role("button", name="yes"))
        assert await ada.page.evaluate("shown") == [f"Claude has a question for you: {QUESTION}"]
    # Whoever asked is gone with it.
    await ada.reads("question-text", "The question was interrupted.")
