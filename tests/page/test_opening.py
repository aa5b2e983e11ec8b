"""Opening the join page in a browser: each link once, not against the rules, and not readable in the process list."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import anyio
import psutil
import pytest

from mcp_voice.page import opening
from mcp_voice.page.desktop import Surroundings
from mcp_voice.page.opening import OPEN_PATH, Opener, launched
from mcp_voice.settings import Settings
from testkit.waiting import until

pytestmark = pytest.mark.anyio

BASE = "http://127.0.0.1:8080"
CODE = "7F3K2-9QWXZ"
LINK = f"{BASE}/#{CODE}"
DESK = Surroundings("linux", {"DISPLAY": ":0", "BROWSER": "firefox", "CI": ""})
Ends = tuple[tuple[str, int], tuple[str, int]]


class Browser:
    """Takes what it is to open, or does not."""

    def __init__(self, *, takes: bool = True) -> None:
        self.takes = takes
        self.opened: list[str] = []
        self.variables: dict[str, str] = {}

    async def __call__(self, address: str, variables: Mapping[str, str]) -> bool:
        """Note it."""
        self.opened.append(address)
        self.variables = dict(variables)
        return self.takes


def opener(browser: Browser, here: Surroundings = DESK, *, hides: bool = True, **settings: Any) -> Opener:
    """An opener on such a machine."""
    given = Settings.model_construct(**settings)
    return Opener(given, find=lambda: here, launch=browser, hides=lambda: hides)


@pytest.fixture
def ends() -> Iterator[Ends]:
    """Both ends of a connection of ours."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()),
        server.accept()[0] as accepted,
    ):
        yield accepted.getpeername(), accepted.getsockname()


@pytest.mark.skipif(sys.platform != "linux", reason="Only there a browser is given a one-time address.")
async def test_the_browser_gets_a_one_time_address_that_leads_us_alone_to_the_link(ends: Ends) -> None:
    """Everybody on the machine can read a browser's arguments; the code is not among them."""
    browser = Browser()
    by = opener(browser)
    assert await by.open(CODE, base=BASE)
    (address,) = browser.opened
    assert address.startswith(f"{BASE}{OPEN_PATH}")
    assert "9QWXZ" not in address
    once = address.removeprefix(f"{BASE}{OPEN_PATH}")
    peer, own = ends
    assert by.taken(once, peer=("127.0.0.1", 1), own=own) == "", "whoever cannot be told is not let in"
    assert by.taken(once, peer=peer, own=own) == CODE
    assert by.taken(once, peer=peer, own=own) == "", "once is once"
    assert by.taken("guessed", peer=peer, own=own) == ""
    assert browser.variables == {"DISPLAY": ":0", "BROWSER": "firefox"}


@pytest.mark.skipif(sys.platform != "linux", reason="Only there a browser is given a one-time address.")
async def test_a_one_time_address_expires(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser that did not start leaves nothing behind for long."""
    browser = Browser()
    by = opener(browser)
    monkeypatch.setattr(opening, "ONCE_SECONDS", 0)
    await by.open(CODE, base=BASE)
    once = browser.opened[0].removeprefix(f"{BASE}{OPEN_PATH}")
    assert by.taken(once, peer=ends[0], own=ends[1]) == ""


async def test_one_time_addresses_are_few() -> None:
    """However often it is opened."""
    browser = Browser()
    by = opener(browser)
    for _ in range(opening.MOST_ONCE + 5):
        await by.open(CODE, base=BASE)
    assert len(by._once) == opening.MOST_ONCE


async def test_where_a_process_list_tells_nothing_the_link_itself_is_opened() -> None:
    """On macOS and Windows an address is handed over without a command line."""
    browser = Browser()
    assert await opener(browser, hides=False).open(CODE, base=BASE)
    assert browser.opened == [LINK]


@pytest.mark.parametrize(
    ("here", "settings"),
    [
        (DESK, {"open_browser": "never"}),
        (DESK, {"livekit_url": "wss://example.livekit.cloud"}),
        (Surroundings("linux", {}), {}),
    ],
    ids=["never", "own LiveKit", "no display"],
)
async def test_nothing_is_opened_against_the_rules(here: Surroundings, settings: dict[str, Any]) -> None:
    """No browser is even looked for."""
    browser = Browser()
    assert not await opener(browser, here, **settings).open(CODE, base=BASE)
    assert browser.opened == []


async def test_a_browser_that_fails_is_told_and_is_no_error() -> None:
    """The link is at hand all the same."""
    assert not await opener(Browser(takes=False)).open(CODE, base=BASE)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A browser of the test's own: notes its argument, chatters on both outputs, and ends or stays."""
    if sys.platform == "win32":
        pytest.skip("A script is no program there.")
    script = tmp_path / "browser"
    script.write_text(
        '#!/bin/sh\necho chatter; echo more >&2\nenv > "$0.environment"\n'
        'printf %s "$1" > "$0.asked.tmp"\nmv "$0.asked.tmp" "$0.asked"\n'
        'echo $$ > "$0.pid"\n[ -e "$0.fails" ] && exit 1\n[ ! -e "$0.stays" ] || exec sleep 60\n'
    )
    script.chmod(0o755)
    return script


async def test_the_browser_that_BROWSER_names_is_given_the_address(  # noqa: N802  # the variable's name
    program: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """And what it writes reaches neither stdout, which is MCP's, nor stderr."""
    assert await launched(LINK, {"BROWSER": str(program), "DISPLAY": ":0"})
    assert program.with_suffix(".asked").read_text() == LINK
    assert capfd.readouterr() == ("", "")


async def test_a_browser_is_given_the_desktop_and_no_key(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It, and whatever it starts, may run for days."""
    for name in ("OPENAI_API_KEY", "LIVEKIT_API_SECRET", "MCP_VOICE_PAGE_TOKEN", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "a-secret")
    monkeypatch.setenv("XDG_SEAT", "seat0")
    monkeypatch.setenv("TERM", "xterm")
    assert await launched(LINK, {"BROWSER": str(program), "DISPLAY": ":0"})
    found = program.with_suffix(".environment").read_text()
    assert "a-secret" not in found
    assert {"DISPLAY=:0", "XDG_SEAT=seat0"} <= set(found.splitlines())
    assert "TERM=xterm" not in found


async def test_a_browser_in_the_foreground_is_not_waited_for_and_lives_on(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some end when their window is closed; the page is open meanwhile."""
    monkeypatch.setattr(opening, "LAUNCH_SECONDS", 3)
    program.with_suffix(".stays").touch()
    with anyio.fail_after(20):
        assert await launched(LINK, {"BROWSER": str(program), "DISPLAY": ":0"})
    pid = int(program.with_suffix(".pid").read_text())
    try:
        await until(lambda: psutil.Process(pid).name() == "sleep", limit=5)
    finally:
        psutil.Process(pid).kill()


async def test_a_browser_that_cannot_open_it_is_told(program: Path) -> None:
    """Its exit code says so."""
    program.with_suffix(".fails").touch()
    empty = {"PATH": os.path.dirname(program), "BROWSER": str(program), "DISPLAY": ""}  # noqa: PTH120
    assert not await launched(LINK, {**empty, "WAYLAND_DISPLAY": ""})


async def test_where_there_is_no_browser_none_is_opened(tmp_path: Path) -> None:
    """No text browser takes the terminal instead."""
    assert not await launched(LINK, {"PATH": str(tmp_path), "BROWSER": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""})
