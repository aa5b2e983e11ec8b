"""A room full of people and agents who send the page what they like."""

from __future__ import annotations

import json

import anyio
import pytest
from playwright.async_api import expect

from mcp_voice.asks.join_links import JoinPage
from mcp_voice.floor_protocol import ASK_ATTRIBUTE
from testkit.browser import LIMIT, Visitor
from testkit.rig import Rig
from testkit.waiting import until

pytestmark = pytest.mark.anyio

MARKUP = "<img src=x onerror=alert(1)><script>alert(1)</script><style>*{display:none}</style>"
STEERING = "\u202eevil\u2066 \u0007"
COUNTS = """() => ({
    foreign: document.querySelectorAll("#room img, #room script, #room style, #room a").length,
    lines: document.querySelectorAll("#lines li").length,
    longest: Math.max(...[...document.querySelectorAll("#lines .words")].map((each) => each.textContent.length)),
})"""


async def test_whatever_is_sent_is_shown_as_short_text_and_the_page_goes_on(
    rig: Rig, door: JoinPage, ada: Visitor, room: str
) -> None:
    """Markup in names, questions, choices, messages and captions; bad attributes; floods; far too long texts."""
    await ada.join((await door.link(room)).url)
    async with rig.person(room, "mcp-voice-evil", name=MARKUP, kind="agent") as evil:
        me = evil.connection.local_participant
        for attribute in ("{", "[]", '{"id": 7}', json.dumps({"id": "a", "question": {"x": 1}, "choices": "yes"})):
            await me.set_attributes({ASK_ATTRIBUTE: attribute})
        told = {"id": "ask-1", "participant": "", "question": MARKUP + STEERING, "choices": [MARKUP[:90], 7, "yes"]}
        await me.set_attributes({ASK_ATTRIBUTE: json.dumps(told)})
        await ada.reads("question-text", MARKUP)
        await expect(ada.page.locator("#choices button")).to_have_count(2)

        for topic in ("lk.chat", "lk.transcription"):
            await me.send_text(MARKUP + STEERING, topic=topic)
            await me.send_text("x" * 60_000, topic=topic)
        packet = json.dumps({"type": "mcp_message", "sender": "Claude", "content": "flood " * 600}).encode()
        with anyio.move_on_after(3):
            for _ in range(3000):
                await me.publish_data(packet, reliable=False)
        with anyio.move_on_after(3):
            for at in range(240):
                await me.send_text(f"spam {at}", topic="lk.transcription", attributes={"lk.segment_id": str(at)})

        async def shown() -> bool:
            return bool((await ada.page.evaluate(COUNTS))["lines"] >= 50)

        await until(shown, limit=LIMIT)
        await ada.writes("I am still here")
        await expect(ada.page.locator("#lines .mine .words").last).to_have_text("I am still here")
    counts = await ada.page.evaluate(COUNTS)
    assert counts["foreign"] == 0
    assert counts["lines"] <= 200
    assert counts["longest"] <= 4000
    assert "\u202e" not in await ada.page.content()
    assert not ada.complaints
