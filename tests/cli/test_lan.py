"""``mcp-voice invite --lan``: at which address the page is served to others, and what is said of it."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from mcp_voice import embedded
from mcp_voice.cli.lan import for_this_network, what_is_open
from mcp_voice.errors import PageError
from mcp_voice.settings import Settings, load

CLOUD = "wss://example.livekit.cloud"


def settings(folder: Path, **given: Any) -> Settings:
    """A state folder of the test's own, in which no server runs."""
    return load(Settings, _env_file=None, state_dir=folder / "state", **given)


def test_the_page_is_served_at_the_address_that_is_set_else_at_the_usual_one(tmp_path: Path) -> None:
    """A machine may have several; the loopback stays beside it."""
    usual = for_this_network(settings(tmp_path), address=lambda: "192.0.2.7")
    chosen = for_this_network(
        settings(tmp_path, page_host="192.0.2.8"), address=lambda: "192.0.2.7", has=lambda host: host == "192.0.2.8"
    )
    assert (usual.page_host, chosen.page_host) == ("192.0.2.7", "192.0.2.8")


def test_an_address_that_the_machine_does_not_have_now_is_named(tmp_path: Path) -> None:
    """A phone would wait for it in vain."""
    with pytest.raises(PageError, match=r"the address 192\.0\.2\.8") as raised:
        for_this_network(settings(tmp_path, page_host="192.0.2.8"))
    assert raised.value.code == "page-address"


def test_a_machine_without_a_network_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one sentence, with what to do."""

    def unreachable(*_: object) -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", unreachable)
    with pytest.raises(PageError, match="not on a network") as raised:
        for_this_network(settings(tmp_path))
    assert "MCP_VOICE_PAGE_HOST" in raised.value.fix


@pytest.mark.parametrize(
    ("given", "told", "untold"),
    [
        ({}, ["The LiveKit server accepts audio there", "while anyone uses it", "no microphone"], []),
        ({"livekit_url": CLOUD}, ["the join page at 192.0.2.7"], ["LiveKit"]),
        ({"page_url": "https://voice.example"}, ["at 192.0.2.7"], ["microphone"]),
        ({"page_url": "http://voice.example"}, ["no microphone"], []),
    ],
    ids=str,
)
def test_what_it_opens_is_said_and_what_others_lack(
    given: dict[str, str], told: list[str], untold: list[str], tmp_path: Path
) -> None:
    """Nobody opens their machine without knowing, or wonders on the phone why it is deaf."""
    said = what_is_open(settings(tmp_path, page_host="192.0.2.7", **given))
    assert said.startswith("While this runs, anyone on this network can reach the join page")
    assert all(each in said for each in told), said
    assert not any(each in said for each in untold), said


def test_the_port_of_the_sound_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A firewall has to let it through."""
    given = settings(tmp_path, page_host="192.0.2.7")
    running = embedded.ServerStatus(
        running=True,
        url="ws://127.0.0.1:27911",
        pid=1,
        version="1",
        leases=1,
        pinned=False,
        binary="",
        log=tmp_path,
        folder=tmp_path,
    )
    monkeypatch.setattr(embedded, "status", lambda _: running)
    assert "accepts audio there (UDP port 27911)" in what_is_open(given)
