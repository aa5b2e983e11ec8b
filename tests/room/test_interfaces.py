"""A machine without a network: joining says so at once, with what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from socket import AF_INET, AF_INET6
from types import SimpleNamespace

import pytest

from mcp_voice.errors import LiveKitError
from mcp_voice.room.interfaces import check_network
from mcp_voice.room.server import LiveKitServer
from mcp_voice.settings import load
from mcp_voice.tasks import owned_tasks

LIMIT = 60.0
LOCAL = "ws://127.0.0.1:7880"
# Joins a room of a server that is not even there.
JOIN = """
import anyio
from livekit import rtc
from mcp_voice.errors import LiveKitError
from mcp_voice.room.access import Access
from mcp_voice.room.connection import connect

async def join():
    try:
        async with connect(Access("ws://127.0.0.1:7880", "key", "secret"), rtc.Room(), "token"):
            pass
    except LiveKitError as error:
        print(error.code)

anyio.run(join)
"""
ALONE = "ip link set lo up && exec {python} -c '{program}'"


def interfaces(monkeypatch: pytest.MonkeyPatch, **addresses: tuple[int, str, bool]) -> None:
    """Let the machine have these beside the loopback: kind of address, address, and whether it is up."""
    found = {"lo": (AF_INET, "127.0.0.1", True), **addresses}
    monkeypatch.setattr(
        "psutil.net_if_stats", lambda: {name: SimpleNamespace(isup=up) for name, (*_, up) in found.items()}
    )
    monkeypatch.setattr(
        "psutil.net_if_addrs",
        lambda: {name: [SimpleNamespace(family=kind, address=address)] for name, (kind, address, _) in found.items()},
    )


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0 or not shutil.which("unshare"),
    reason="only root on Linux may make a machine without a network (a network namespace, by unshare)",
)
def test_with_the_loopback_alone_a_join_fails_at_once_and_says_what_to_do() -> None:
    """LiveKit's library would try for 45 s, and tell nothing of it."""
    command = ["unshare", "--net", "sh", "-c", ALONE.format(python=sys.executable, program=JOIN)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.stdout.strip() == "no-network", done.stderr


@pytest.mark.parametrize(
    "others",
    [
        {},
        {"eth0": (AF_INET, "192.0.2.2", False)},
        {"utun0": (AF_INET6, "fe80::1", True)},
        {"lo1": (AF_INET, "127.0.0.2", True)},
    ],
    ids=["none", "one that is down", "without an IPv4 address", "another loopback"],
)
def test_what_cannot_carry_a_call_is_no_network(
    others: dict[str, tuple[int, str, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the way out."""
    interfaces(monkeypatch, **others)
    with pytest.raises(LiveKitError, match=r"no network but loopback.*any network, even one without") as caught:
        check_network(LOCAL)
    assert caught.value.code == "no-network"


def test_any_other_interface_is_enough_and_a_server_elsewhere_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a remote one can be reached shows when it is asked."""
    interfaces(monkeypatch)
    check_network("wss://example.livekit.cloud")
    interfaces(monkeypatch, wlan0=(AF_INET, "169.254.3.4", True))
    for url in (LOCAL, "ws://localhost:7880", "ws://[::1]:7880"):
        check_network(url)


@pytest.mark.anyio
async def test_without_a_network_nobody_is_invited_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page would open that leads nowhere, and a question would wait for somebody who cannot come."""
    interfaces(monkeypatch)
    settings = load(livekit_url=LOCAL, livekit_api_key="key", livekit_api_secret="secret", _env_file=None)
    async with owned_tasks() as tasks:
        with pytest.raises(LiveKitError) as caught:
            await LiveKitServer(settings, tasks).access()
        assert caught.value.code == "no-network"
        tasks.cancel_scope.cancel()
