"""The one-time address that a browser is given, over HTTP: it leads to the page once, and nobody else anywhere."""

from __future__ import annotations

import sys

import httpx2
import pytest

from mcp_voice.page.opening import OPEN_PATH, Opener
from mcp_voice.page.serving import join_page
from mcp_voice.settings import load
from testkit.fake_link import FakeEngine
from testkit.join_site import Clock
from tests.page.test_opening import DESK, Browser

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="Only there a browser is given a one-time address."),
]


async def test_the_address_that_a_browser_is_given_leads_to_the_page_with_its_code_once() -> None:
    """Over a real connection of our own user; the code is in the fragment again, which goes to no server."""
    settings, browser = load(_env_file=None), Browser()
    opener = Opener(settings, find=lambda: DESK, launch=browser)
    async with join_page(settings, FakeEngine(), opener=opener) as page, httpx2.AsyncClient() as client:
        link = await page.link("kitchen")
        assert await page.open_in_browser(link)
        (address,) = browser.opened
        assert address.startswith(f"{link.url.partition('/#')[0]}{OPEN_PATH}")
        assert link.code not in address
        led = await client.get(address)
        assert (led.status_code, led.headers["location"]) == (303, f"/#{link.code}")
        assert led.headers["cache-control"] == "no-store"
        assert (await client.get(address)).status_code == 404


async def test_a_page_that_was_opened_can_be_joined_for_as_long_as_a_question_is_open() -> None:
    """A code that is only told ends after ten minutes."""
    settings, clock = load(_env_file=None), Clock()
    opener = Opener(settings, find=lambda: DESK, launch=Browser())
    async with join_page(settings, FakeEngine(), opener=opener, clock=clock) as page:
        opened, told = [await page.link("kitchen") for _ in range(2)]
        assert await page.open_in_browser(opened)
        clock.now += 900
        assert page.is_open(opened)
        assert not page.is_open(told)
        clock.now += 301
        assert not page.is_open(opened)


async def test_where_a_proxy_serves_the_page_this_machines_browser_goes_to_the_machine_itself() -> None:
    """The proxy's own user asks for what comes through it, which could be anybody."""
    settings, browser = load(_env_file=None, page_url="https://voice.example"), Browser()
    opener = Opener(settings, find=lambda: DESK, launch=browser)
    async with join_page(settings, FakeEngine(), opener=opener) as page:
        link = await page.link("kitchen")
        assert link.url.startswith("https://voice.example/#")
        assert await page.open_in_browser(link)
    assert browser.opened[0].startswith("http://127.0.0.1:")


async def test_a_page_that_is_not_served_is_not_opened() -> None:
    """There is no address to open."""
    settings, browser = load(_env_file=None), Browser()
    opener = Opener(settings, find=lambda: DESK, launch=browser)
    async with join_page(settings, FakeEngine(), opener=opener) as page:
        link = await page.link("kitchen")
    assert not await page.open_in_browser(link)
    assert browser.opened == []
