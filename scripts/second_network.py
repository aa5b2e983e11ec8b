"""Join the page from another network, as a phone does: a network namespace of its own (Linux, as root).

    sudo PYTHONPATH=. .venv/bin/python scripts/second_network.py

Beside this machine's addresses there is then one more, 10.213.7.1, and behind it a machine that reaches nothing else.
What is shown: the page over plain HTTP and over TLS, a join by code, signalling through the page, and a voice that is
heard and answered. Namespace and addresses are taken away at the end.
"""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import anyio
import httpx2

from mcp_voice import open_voice
from mcp_voice.people.human import human
from mcp_voice.settings import load
from testkit.rig import after_the_question, voice_of
from testkit.tls import certificate

NAMESPACE = "mcp-voice-phone"
HERE, THERE = "10.213.7.1", "10.213.7.2"
LINKS = ("mcpv0", "mcpv1")
LIMIT = 60.0
WORDS = "that is a good idea"


def run(command: str) -> None:
    """One command of iproute2."""
    subprocess.run(command.split(), check=True)


@contextmanager
def phone() -> Iterator[None]:
    """A second network, joined to this one by a cable."""
    run(f"ip netns add {NAMESPACE}")
    try:
        run(f"ip link add {LINKS[0]} type veth peer name {LINKS[1]} netns {NAMESPACE}")
        run(f"ip addr add {HERE}/24 dev {LINKS[0]}")
        run(f"ip link set {LINKS[0]} up")
        cable = (f"addr add {THERE}/24 dev {LINKS[1]}", f"link set {LINKS[1]} up", "link set lo up")
        for command in (*cable, f"route add default via {HERE}"):
            run(f"ip -n {NAMESPACE} {command}")
        yield
    finally:
        run(f"ip netns del {NAMESPACE}")


async def person(link: str, certificates: str) -> None:
    """In the other network: open the link, join, answer."""
    page, _, code = link.partition("/#")
    trusted = ssl.create_default_context(cafile=certificates or None)
    begun = time.monotonic()
    async with httpx2.AsyncClient(base_url=page, headers={"origin": page}, verify=trusted, timeout=LIMIT) as browser:
        answer = (await browser.post("/api/join", json={"code": code, "name": "Phone"})).json()
    print(f"joined by code after {time.monotonic() - begun:.2f} s; signalling at {answer['server_url']}")
    async with human(answer["server_url"], answer["participant_token"]) as somebody:
        print(f"in the room after {time.monotonic() - begun:.2f} s, from {THERE}")
        await after_the_question(somebody, voice_of(WORDS))
        await anyio.sleep(1)


@asynccontextmanager
async def there(link: str, certificates: str) -> AsyncIterator[None]:
    """That person, as a process in the other network."""
    command = ["ip", "netns", "exec", NAMESPACE, sys.executable, __file__, "person", link, certificates]
    environment = {**os.environ, "SSL_CERT_FILE": certificates} if certificates else None
    async with await anyio.open_process(command, stdout=None, stderr=None, env=environment) as process:
        yield
        if await process.wait():
            raise SystemExit("the person in the other network failed")


async def main() -> None:
    """Ask somebody in the other network, over HTTP and over HTTPS."""
    with phone(), tempfile.TemporaryDirectory() as folder, anyio.fail_after(4 * LIMIT):
        pair = certificate(Path(folder), HERE)
        for tls in (None, pair):
            settings = load(
                _env_file=None,
                page_host=HERE,
                page_certificate=tls,
                state_dir=Path(folder) / "state",
                stt="offline",
                tts="offline",
            )
            async with open_voice(settings) as voice:
                invited = await voice.invite_to_room("phone")
                print(f"\n{invited.link.partition('#')[0]}")
                async with there(invited.link, str(tls or "")):
                    while not any(room.active for room in (await voice.list_rooms()).rooms):  # noqa: ASYNC110  # to look is all
                        await anyio.sleep(0.2)
                    answer = await voice.ask_in_room("What do you think of it?", "phone", wait_seconds=LIMIT)
                print(f"answered: {answer.reply!r} by {answer.channel}, {answer.timing.reply_ms} ms after its end")


if __name__ == "__main__":
    if sys.argv[1:2] == ["person"]:
        anyio.run(person, sys.argv[2], sys.argv[3])
    else:
        anyio.run(main)
