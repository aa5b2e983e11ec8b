"""How the page looks and whether everybody can use it: on a phone and a desk, light and dark, before and in a room."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from mcp_voice.asks.join_links import JoinPage
from mcp_voice.floor_protocol import ANSWERED_ATTRIBUTE, ASK_ATTRIBUTE
from mcp_voice.people.human import Human
from testkit.browser import DESKTOP, PHONE, Visitor, visitor
from testkit.rig import Rig

pytestmark = pytest.mark.anyio

ROOM = "looks"
PICTURES = Path(__file__).parents[3] / "page-pictures"
SIZES = {"phone": PHONE, "desktop": DESKTOP}
SCHEMES: dict[str, Literal["light", "dark"]] = {"phone": "light", "desktop": "dark"}
QUESTION = "The migration is ready. It takes the shop down for about four minutes. When shall I run it?"
CHOICES = ["now", "tonight at ten", "tomorrow morning before anybody is in the office", "never"]
SMALLEST_TARGET = 48
TARGETS = """() => [...document.querySelectorAll("button, input, select, textarea")]
    .map((each) => [each.id || each.textContent, each.getBoundingClientRect()])
    .filter(([, {width}]) => width > 0)
    .map(([name, {width, height}]) => [name, Math.min(width, height)])"""
CUT_ANSWERS = """() => [...document.querySelectorAll("#choices button")].map((each) => {
    const {top, bottom, left} = each.getBoundingClientRect();
    const at = (y) => each.contains(document.elementFromPoint(left + 40, y));
    return [[at(top + 2), at(bottom - 2)], each.textContent];
}).filter(([seen]) => seen.includes(false))"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
async def claude(rig: Rig) -> AsyncIterator[Human]:
    """An agent that has asked something, as any asker of ours shows it."""
    told = {
        "id": "ask-1",
        "participant": "",
        "question": QUESTION,
        "choices": CHOICES,
        "deadline": time.time() + 600,
    }
    async with rig.person(ROOM, "mcp-voice-looks", name="Claude", kind="agent") as agent:
        await agent.connection.local_participant.set_attributes(
            {ASK_ATTRIBUTE: json.dumps(told), "lk.agent.state": "listening"}
        )
        yield agent


@pytest.fixture(scope="module")
async def ada(chromium: Browser) -> AsyncIterator[Visitor]:
    """Somebody who looks at the page in all states."""
    async with visitor(chromium) as somebody:
        # Else a colour may be on its way from light to dark while its contrast is measured.
        await somebody.page.emulate_media(reduced_motion="reduce")
        yield somebody


async def look(ada: Visitor, state: str) -> None:
    """Take pictures of a state, in both sizes and both schemes, and check it."""
    PICTURES.mkdir(exist_ok=True)
    for name, (width, height) in SIZES.items():
        await ada.page.set_viewport_size({"width": width, "height": height})
        assert await ada.page.evaluate(OVERFLOW) <= 0, f"{state} scrolls sideways on a {name}"
        small = [target for target in await ada.page.evaluate(TARGETS) if target[1] < SMALLEST_TARGET]
        assert not small, f"too small to tap in {state} on a {name}: {small}"
        for scheme in ("light", "dark"):
            await ada.page.emulate_media(color_scheme=scheme)
            await ada.page.screenshot(path=PICTURES / f"{state}-{name}-{scheme}.png")
        # What each run of half a second looks at depends on the size and on the colours: one of each is enough.
        await ada.page.emulate_media(color_scheme=SCHEMES[name])
        found = await Axe().run(ada.page)
        assert not found.response["violations"], f"{state} on a {name}: {found.generate_report()}"


async def test_everybody_can_use_the_page_before_they_join(door: JoinPage, ada: Visitor) -> None:
    """With a link, without one, and with one that is not known."""
    await ada.open((await door.link(ROOM)).url)
    await ada.reads("lobby-microphone", "Say something")
    await look(ada, "lobby")
    await ada.open(f"{ada.page.url}#WRONG-12345")
    await ada.press("Join")
    await ada.reads("lobby-title", "not known")
    await look(ada, "unknown-code")


async def test_everybody_can_use_the_room(claude: Human, door: JoinPage, ada: Visitor) -> None:
    """While a question with long choices is open, with its captions; with devices to choose from; and after it."""
    await ada.join((await door.link(ROOM)).url)
    await ada.reads("question-text", QUESTION)
    await claude.type(QUESTION)
    await ada.writes("One moment, I look at the calendar.")
    await look(ada, "question")
    width, height = PHONE
    await ada.page.set_viewport_size({"width": width, "height": height})
    assert await ada.page.evaluate(CUT_ANSWERS) == []
    await ada.press("Devices")
    await ada.sees(ada.page.locator("#devices"))
    await look(ada, "devices")
    await ada.press("Done")
    await ada.page.keyboard.press("m")
    await ada.press("never")
    await claude.connection.local_participant.set_attributes(
        {ASK_ATTRIBUTE: "", ANSWERED_ATTRIBUTE: "ask-1", "lk.agent.state": "listening"}
    )
    await ada.reads("question-text", "Thank you")
    await look(ada, "answered")
    await ada.press("Leave")
    await ada.reads("lobby-title", "You have left")
    await look(ada, "left")
