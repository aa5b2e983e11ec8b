"""Opening the join page in this person's browser.

A browser gets its address as an argument, which every user of a Linux machine can read while it runs. There it is a
one-time address of the page, without the code, that is followed for our own user only: the kernel says whose the
connection is.
"""

from __future__ import annotations

import logging
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio

from mcp_voice.page.desktop import Surroundings, surroundings, why_shut
from mcp_voice.page.peers import PeerAddress, can_tell, is_owners
from mcp_voice.process.isolation import child_environment
from mcp_voice.settings import Settings

__all__ = ["OPEN_PATH", "Opener", "launched"]

log = logging.getLogger(__name__)

OPEN_PATH = "/open/"
ONCE_SECONDS = 60.0
"""In which a browser that is being started asks for the page."""
MOST_ONCE = 20
LAUNCH_SECONDS = 8.0
"""A browser that runs already is told of the address within 5 s (webbrowser's own limit)."""
LAUNCH = """\
import os, sys, webbrowser
address = sys.stdin.read()
# What is started inherits none of our pipes.
told, nothing = os.dup(1), os.open(os.devnull, os.O_RDWR)
for each in (0, 1, 2):
    os.dup2(nothing, each)
webbrowser.get()
os.write(told, b"found")
os.write(told, b", opened" if webbrowser.open(address) else b", refused")
"""
FOUND, OPENED = b"found", b"found, opened"
SESSION = (
    *("USER", "LOGNAME", "USERNAME", "SHELL", "SESSION_MANAGER", "DESKTOP_STARTUP_ID", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432"),
    *("HOMEDRIVE", "HOMEPATH", "PUBLIC", "ALLUSERSPROFILE", "SESSIONNAME"),
)
"""What a browser has of somebody's session beside the desktop: it may run for days, and start what it likes."""
SESSION_PREFIXES = ("XDG_", "PULSE_", "PIPEWIRE_", "GTK_", "QT_", "KDE_", "GNOME_", "MOZ_")
Launch = Callable[[str, Mapping[str, str]], Awaitable[bool]]
"""Opens an address in a browser, with these variables beside our own."""


@dataclass(frozen=True, slots=True)
class _Once:
    code: str
    until: float


class Opener:
    """Opens one page, each code once."""

    def __init__(
        self,
        settings: Settings,
        *,
        find: Callable[[], Surroundings] = surroundings,
        launch: Launch | None = None,
        hides: Callable[[], bool] = can_tell,
    ) -> None:
        """``find`` looks at the machine, ``launch`` opens, ``hides`` tells whether one-time addresses can be used."""
        self._settings = settings
        self._find = find
        self._launch = launch or launched
        self._hides = hides
        self._once: dict[str, _Once] = {}

    async def open(self, code: str, *, base: str) -> bool:
        """Open the page, whose address on this machine is ``base``, with a code; tells whether a browser took it.

        Where it may not open, or does not, that is no error.
        """
        here = await anyio.to_thread.run_sync(self._find)
        embedded = not self._settings.livekit_url
        if shut := why_shut(here, embedded=embedded, wanted=self._settings.open_browser):
            log.info("the join page is not opened: %s", shut)
            return False
        address = f"{base}{OPEN_PATH}{self._once_for(code)}" if self._hides() else f"{base}/#{code}"
        opened = await self._launch(address, here.desktop())
        log.info("the join page %s in a browser", "opens" if opened else "could not be opened")
        return opened

    def taken(self, once: str, *, peer: PeerAddress, own: PeerAddress) -> str:
        """The code behind a one-time address, for a process of our own user; empty for anybody else, and afterwards.

        It takes milliseconds, in any thread.
        """
        found = self._once.get(once)
        if found is None or found.until <= time.monotonic() or not is_owners(peer, own, user=os.getuid()):
            return ""
        taken = self._once.pop(once, None)
        return taken.code if taken else ""

    def _once_for(self, code: str) -> str:
        now = time.monotonic()
        for once in [once for once, each in self._once.items() if each.until <= now]:
            del self._once[once]
        while len(self._once) >= MOST_ONCE:
            del self._once[next(iter(self._once))]
        made = secrets.token_urlsafe(16)
        self._once[made] = _Once(code, now + ONCE_SECONDS)
        return made


async def launched(address: str, variables: Mapping[str, str]) -> bool:
    """Have a browser open an address, as ``webbrowser`` chooses it; tells whether it does. Takes 8 s at most.

    A process of its own does it: a browser writes what it likes to stdout, which is MCP's, and some stay in the
    foreground until they are closed. ``variables`` are added to what a program needs of our environment; no key is
    passed on.
    """
    # Without TERM, so that no text browser is chosen.
    environment = {**child_environment(*SESSION, prefixes=SESSION_PREFIXES), **variables}
    told = b""
    try:
        with anyio.move_on_after(LAUNCH_SECONDS) as limit:
            async with await anyio.open_process(
                [sys.executable, "-I", "-c", LAUNCH], env=environment, stderr=subprocess.DEVNULL, **_detached()
            ) as process:
                if process.stdin is None or process.stdout is None:
                    return False
                await process.stdin.send(address.encode())
                await process.stdin.aclose()
                async for part in process.stdout:
                    told += part
    except (OSError, anyio.BrokenResourceError):
        return False
    # One that is there, and does not come back, is in the foreground.
    return told == OPENED or (told == FOUND and limit.cancelled_caught)


def _detached() -> dict[str, Any]:
    """What keeps Ctrl-C at our terminal from the browser."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
