"""People at the join page: real pages in a real Chromium, with a microphone and an ear of the tests' own."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import anyio
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    async_playwright,
    expect,
)

from mcp_voice.audio import Pcm
from testkit import chromium
from testkit.waiting import until

__all__ = ["DESKTOP", "ELSEWHERE", "LIMIT", "LIMIT_MS", "PHONE", "PLAYS_AT_ONCE", "Visitor", "browser", "visitor"]

LIMIT = 40.0
LIMIT_MS = 1000 * LIMIT
EARS = Path(__file__).with_name("browser_ears.js")
DESKTOP = (1280, 800)
PHONE = (360, 740)
ELSEWHERE = "phone.test"
"""A name for this machine that browsers do not take for it: a page of http there is no secure context."""
PLAYS_AT_ONCE = ("--autoplay-policy=no-user-gesture-required",)
"""So that an AudioContext of the tests' own begins without a click."""
FLAGS = (
    f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1",
    "--use-fake-device-for-media-stream",
    "--disable-dev-shm-usage",
)
AS_ROOT = ("--no-sandbox",)
"""Chromium's sandbox refuses to run as root."""


@asynccontextmanager
async def browser(*flags: str) -> AsyncIterator[Browser]:
    """One Chromium without a window, with these flags beside those that all need; raises ChromiumMissing."""
    async with async_playwright() as playwright:
        is_root = sys.platform != "win32" and os.geteuid() == 0
        args = [*FLAGS, *(AS_ROOT if is_root else ()), *flags]
        started = await playwright.chromium.launch(executable_path=chromium.find(), headless=True, args=args)
        try:
            yield started
        finally:
            await started.close()


@dataclass(frozen=True, slots=True)
class Sound:
    """Something that was heard from the page, or said into it; Unix times in seconds."""

    started_at: float
    ended_at: float
    peak: float = 0.0
    """The highest RMS of 20 ms, where it was measured."""


class Visitor:
    """Somebody at a page of their own."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.context = context
        self.page = page
        self.requests: list[tuple[str, dict[str, str]]] = []
        """Address and headers of each."""
        self.complaints: list[str] = []
        """What the console says of errors, and uncaught ones."""
        page.on("request", self._on_request)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _on_request(self, asked: Request) -> None:
        self.requests.append((asked.url, asked.headers))

    def _on_console(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.complaints.append(said.text)

    async def open(self, url: str) -> None:
        """Open an address."""
        await self.page.goto(url)

    async def join(self, url: str, *, name: str = "Ada") -> None:
        """Open a link and press Join; ends when they are in the room."""
        await self.open(url)
        await self.page.get_by_label("Your name").fill(name)
        await self.press("Join")
        await self.is_in_the_room()

    async def is_in_the_room(self) -> None:
        """Wait for it."""
        await self.sees(self.page.locator("#room"))

    async def press(self, name: str) -> None:
        """Press a button."""
        await self.page.get_by_role("button", name=name, exact=True).click(timeout=LIMIT_MS)

    async def sees(self, what: Locator) -> None:
        """Wait until it is shown."""
        await expect(what).to_be_visible(timeout=LIMIT_MS)

    async def reads(self, place: str, text: str) -> None:
        """Wait until the element with this id says so."""
        await expect(self.page.locator(f"#{place}")).to_contain_text(text, timeout=LIMIT_MS)

    async def writes(self, text: str) -> None:
        """Type a message and send it."""
        await self.page.locator("#message").fill(text)
        await self.page.locator("#message").press("Enter")

    async def lines(self) -> list[tuple[str, str]]:
        """The conversation as it is shown: who, and what."""
        items = await self.page.locator("#lines li").all()
        return [(await item.locator(".who").inner_text(), await item.locator(".words").inner_text()) for item in items]

    async def speak(self, pcm: Pcm) -> Sound:
        """Speak into the page's microphone; ends with the last sample."""
        samples = base64.b64encode(pcm.samples.astype("<i2").tobytes()).decode()
        told = await self.page.evaluate("([sound, rate]) => testkit.speak(sound, rate)", [samples, pcm.rate])
        return Sound(told["from"] / 1000, told["until"] / 1000)

    async def sounds(self) -> list[Sound]:
        """What was heard since the page was opened."""
        told = await self.page.evaluate("testkit.sounds")
        return [Sound(each["from"] / 1000, each["until"] / 1000, each["peak"]) for each in told]

    async def forget_sounds(self) -> None:
        """What was heard before does not count any more."""
        await self.page.evaluate("testkit.sounds.length = 0")

    async def hears(self, *, limit: float = LIMIT) -> Sound:
        """Wait for a sound, and give the first."""
        return (await until(self.sounds, limit=limit))[0]

    async def hears_silence(self, *, quiet: float = 0.6, limit: float = LIMIT) -> float:
        """Wait until nothing was heard for so many seconds; tells since when (Unix time)."""

        async def quiet_since() -> list[float]:
            sounds = await self.sounds()
            now = await self.page.evaluate("Date.now() / 1000")
            return [sounds[-1].ended_at] if sounds and now - sounds[-1].ended_at > quiet else []

        return (await until(quiet_since, limit=limit))[0]

    async def answers(self, pcm: Pcm) -> Sound:
        """Hear a question out, then say something."""
        await self.hears()
        await self.hears_silence()
        await expect(self.page.locator("#voice-state")).to_have_text("is listening", timeout=LIMIT_MS)
        return await self.speak(pcm)


@asynccontextmanager
async def visitor(
    browser: Browser,
    *,
    size: tuple[int, int] = DESKTOP,
    scheme: Literal["light", "dark"] = "light",
    permissions: tuple[str, ...] = ("microphone",),
    injected: bool = True,
) -> AsyncIterator[Visitor]:
    """Somebody with a profile of their own; ``injected`` puts the tests' microphone in place of the browser's."""
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, permissions=list(permissions)
    )
    context.set_default_timeout(LIMIT_MS)
    try:
        await context.add_init_script(f"globalThis.testkit = {{injected: {str(injected).lower()}}};")
        await context.add_init_script(path=EARS)
        yield Visitor(context, await context.new_page())
    finally:
        with anyio.CancelScope(shield=True), anyio.move_on_after(5):
            await context.close()
