"""The page at one more address of this machine, for a phone on the same network; by TLS with a certificate."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import httpx2
import pytest

from mcp_voice.errors import BadSettings, PageError
from mcp_voice.page import listening
from mcp_voice.page.listening import network_address
from mcp_voice.page.serving import join_page
from mcp_voice.settings import load
from testkit.fake_link import FakeEngine
from testkit.tls import certificate

pytestmark = pytest.mark.anyio

HOST = "127.0.0.2"
"""An address of its own on Linux, which no network reaches."""


async def test_a_page_for_the_network_is_served_at_both_addresses_and_links_name_the_other() -> None:
    """At one port; on this machine the loopback stays, where a browser allows the microphone."""
    async with join_page(load(_env_file=None, page_host=HOST), FakeEngine()) as page:
        base = (await page.link("kitchen")).url.partition("/#")[0]
        assert base.startswith(f"http://{HOST}:")
        for origin in (base, base.replace(HOST, "127.0.0.1"), base.replace(HOST, "localhost")):
            async with httpx2.AsyncClient(base_url=origin, headers={"origin": origin}) as browser:
                assert (await browser.get("/")).status_code == 200
                code = (await page.link("kitchen")).code
                answer = await browser.post("/api/join", json={"code": code})
                assert (answer.status_code, "secure" in answer.headers["set-cookie"].lower()) == (201, False)
            with pytest.raises(OSError, match="refused"):
                socket.create_connection(("127.0.0.3", int(base.rpartition(":")[2])))


async def test_with_a_certificate_the_network_gets_https_and_the_cookie_goes_nowhere_else(tmp_path: Path) -> None:
    """The microphone of a phone works then; plain HTTP to that address is not answered."""
    pair = certificate(tmp_path, HOST)
    async with join_page(load(_env_file=None, page_host=HOST, page_certificate=pair), FakeEngine()) as page:
        link = await page.link("kitchen")
        base = link.url.partition("/#")[0]
        assert base.startswith(f"https://{HOST}:")
        trusted = ssl.create_default_context(cafile=pair)
        async with httpx2.AsyncClient(base_url=base, headers={"origin": base}, verify=trusted) as browser:
            answer = await browser.post("/api/join", json={"code": link.code})
            assert (answer.status_code, "secure" in answer.headers["set-cookie"].lower()) == (201, True)
            with pytest.raises(httpx2.RemoteProtocolError):
                await browser.get(base.replace("https", "http"))


async def test_an_address_that_the_machine_does_not_have_today_leaves_the_loopback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In another network the person's own browser still gets in; the log names the setting."""
    async with join_page(load(_env_file=None, page_host="192.0.2.77"), FakeEngine()) as page:
        link = await page.link("kitchen")
        assert link.url.startswith("http://127.0.0.1:")
        async with httpx2.AsyncClient() as browser:
            assert (await browser.get(link.url.partition("#")[0])).status_code == 200
    (told,) = [record.getMessage() for record in caplog.records]
    assert "no address 192.0.2.77 (MCP_VOICE_PAGE_HOST)" in told


async def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """With the setting to correct."""
    bad = tmp_path / "bad.pem"
    for text in (None, "no certificate"):
        if text is not None:
            bad.write_text(text)
        async with join_page(load(_env_file=None, page_host=HOST, page_certificate=bad), FakeEngine()) as page:
            with pytest.raises(PageError, match=r"bad\.pem") as raised:
                await page.link("kitchen")
            assert raised.value.code == "page-certificate"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "example.com", "192.168.1.5:80", "x"])  # noqa: S104  # refused
def test_only_an_address_of_its_own_can_be_set(host: str) -> None:
    """A name could point anywhere, and all addresses at once are more than a phone needs."""
    with pytest.raises(BadSettings, match="MCP_VOICE_PAGE_HOST: must be an IP address of this machine"):
        load(_env_file=None, page_host=host)


def test_the_machines_address_on_its_network_is_found_or_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a packet; in flight mode there is none."""
    with suppress(PageError):  # where this machine is in no network
        assert not ip_address(network_address()).is_loopback
    monkeypatch.setattr(listening, "ELSEWHERE", ("127.0.0.1", 9))
    with pytest.raises(PageError, match="not on a network") as raised:
        network_address()
    assert raised.value.code == "no-network"


@pytest.mark.parametrize(
    "url", ["https://a.example/voice", "https://a.example?x", "https://me:secret@a.example", "a.example"]
)
def test_the_pages_address_is_an_origin(url: str) -> None:
    """It asks for its files and its API at the root; and a login in a link would be for everybody."""
    with pytest.raises(BadSettings, match="MCP_VOICE_PAGE_URL") as raised:
        load(_env_file=None, page_url=url)
    assert "secret" not in str(raised.value)
    assert load(_env_file=None, page_url="https://a.example:8443/").page_url == "https://a.example:8443"
