"""Make docs/join-page.png from the real page in a real room, and assets/icon.png from its drawing (about 20 s)."""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path

import anyio
from playwright.async_api import Browser

from mcp_voice.results import Invited
from testkit.browser import PHONE, PLAYS_AT_ONCE, Visitor, browser, visitor
from testkit.host import Host, host

__all__ = ["PICTURE"]

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "join-page.png"
ICON = ROOT / "assets" / "icon.svg"
ICON_PIXELS = 512
DESK = (1080, 700)
ROOM = "release"
GREETING = "Good morning! The release is built. Do you have a minute?"
QUESTION = "All tests are green. Shall I merge it now, or wait for Robin's review?"
CHOICES = ["merge now", "wait for the review"]
ENVIRONMENT = {"MCP_VOICE_STT": "offline", "MCP_VOICE_TTS": "offline", "MCP_VOICE_NAME": "Claude"}
FRAMES = """<style>
body { margin: 0; display: inline-flex; align-items: center; gap: 20px; padding: 12px 20px 24px; }
img { display: block; border-radius: 12px; box-shadow: 0 0 0 1px #d5d2ca, 0 8px 20px rgb(30 28 20 / 14%%); }
.desk { width: 880px; }
.phone { width: 280px; border-radius: 24px; }
</style><img class="desk" src="%s"><img class="phone" src="%s">"""


async def in_the_room(model: Host, somebody: Visitor, name: str) -> None:
    """Let somebody join by a link of their own."""
    told = await model.client.call_tool("invite_to_room", {"room_name": ROOM})
    await somebody.join(Invited.model_validate(told.structured_content).link, name=name)


async def photographed(chromium: Browser, model: Host) -> tuple[bytes, bytes]:
    """The page on a desk and on a phone while the question is open."""
    async with visitor(chromium, size=DESK) as ada, visitor(chromium, size=PHONE) as robin:
        await in_the_room(model, ada, "Ada")
        async with model.asking(GREETING, room_name=ROOM):
            await ada.reads("question-text", GREETING)
            await ada.hears_silence()
            await ada.writes("Yes, go ahead.")
        await in_the_room(model, robin, "Robin")
        async with model.asking(QUESTION, room_name=ROOM, choices=CHOICES) as call:
            for each in (ada, robin):
                await each.reads("question-text", QUESTION)
                await each.reads("lines", QUESTION)
                await each.reads("voice-state", "is listening")
                await each.page.mouse.move(0, 0)
                await each.page.evaluate("document.activeElement.blur()")
            taken = await ada.page.screenshot(), await robin.page.screenshot()
            await ada.press("wait for the review")
        assert call.answer.choice == "wait for the review"
    return taken


async def framed(chromium: Browser, desk: bytes, phone: bytes) -> bytes:
    """The one beside the other."""
    page = await chromium.new_page(viewport={"width": 1280, "height": 720})
    sources = [f"data:image/png;base64,{base64.b64encode(each).decode()}" for each in (desk, phone)]
    await page.set_content(FRAMES % tuple(sources))
    return await page.locator("body").screenshot()


async def icon(chromium: Browser) -> bytes:
    """The drawing as the square that directories of plugins want."""
    page = await chromium.new_page(viewport={"width": ICON_PIXELS, "height": ICON_PIXELS})
    source = base64.b64encode(ICON.read_bytes()).decode()
    await page.set_content(
        f"<style>body {{ margin: 0 }} img {{ display: block; width: {ICON_PIXELS}px }}</style>"
        f'<img src="data:image/svg+xml;base64,{source}">'
    )
    return await page.screenshot(omit_background=True)


async def main() -> int:
    """Write both; the exit status is 0."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {**ENVIRONMENT, "MCP_VOICE_STATE_DIR": f"{folder}/state"}
        async with browser(*PLAYS_AT_ONCE) as chromium, host(settings, Path(folder)) as model:
            desk, phone = await photographed(chromium, model)
            PICTURE.write_bytes(await framed(chromium, desk, phone))
            ICON.with_suffix(".png").write_bytes(await icon(chromium))
    return 0


if __name__ == "__main__":
    sys.exit(anyio.run(main))
