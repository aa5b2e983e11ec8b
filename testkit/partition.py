"""A machine that loses its network: a namespace of Linux, with a cable to this one that can be pulled (as root)."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import httpx2

from mcp_voice.embedded import LocalServer

__all__ = ["Machine", "machine", "server_at"]

KEY, SECRET = "partition", uuid.uuid4().hex * 2
LIMIT = 30.0


def _run(command: str) -> None:
    """One command of iproute2."""
    subprocess.run(command.split(), check=True)


@dataclass(frozen=True, slots=True)
class Machine:
    """One that reaches this machine at ``here``, and nothing else."""

    namespace: str
    cable: str
    """Its end of it."""
    here: str

    def program(self, command: Sequence[str]) -> list[str]:
        """A command that runs there."""
        return ["ip", "netns", "exec", self.namespace, *command]

    def cut(self) -> None:
        """Pull the cable: what is sent is lost, and no connection is closed."""
        _run(f"ip -n {self.namespace} link set {self.cable} down")

    def mend(self) -> None:
        """Plug it in again."""
        _run(f"ip -n {self.namespace} link set {self.cable} up")


@contextmanager
def machine() -> Iterator[Machine]:
    """Another machine, while the block lasts."""
    tail = uuid.uuid4().hex[:6]
    network = f"10.213.{os.getpid() % 256}"  # other processes may run tests beside this one
    made = Machine(f"mcp-voice-{tail}", f"mcvt{tail}", here=f"{network}.1")
    _run(f"ip netns add {made.namespace}")
    try:
        ours = f"mcvh{tail}"
        _run(f"ip link add {ours} type veth peer name {made.cable} netns {made.namespace}")
        _run(f"ip addr add {made.here}/24 dev {ours}")
        _run(f"ip link set {ours} up")
        for command in (f"addr add {network}.2/24 dev {made.cable}", f"link set {made.cable} up", "link set lo up"):
            _run(f"ip -n {made.namespace} {command}")
        yield made
    finally:
        _run(f"ip netns del {made.namespace}")


def _free_port(address: str) -> int:
    with socket.create_server((address, 0)) as free:
        return int(free.getsockname()[1])


@asynccontextmanager
async def server_at(address: str, *, binary: str, folder: Path) -> AsyncIterator[LocalServer]:
    """A livekit-server that can be reached from another network."""
    port = _free_port(address)
    config = folder / "livekit.json"
    rtc = {
        "udp_port": port, "tcp_port": 0, "node_ip": address, "use_external_ip": False,
        "ips": {"includes": [f"{address}/32"]}, "stun_servers": ["127.0.0.1:9"],
    }  # fmt: skip
    config.write_text(
        json.dumps({"port": port, "bind_addresses": [address], "keys": {KEY: SECRET}, "rtc": rtc}), encoding="utf-8"
    )
    with (folder / "livekit.log").open("wb") as log:
        async with await anyio.open_process(
            [binary, "--config", str(config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        ) as process:
            try:
                await _answers(f"http://{address}:{port}")
                yield LocalServer(url=f"ws://{address}:{port}", api_key=KEY, api_secret=SECRET)
            finally:
                process.terminate()


async def _answers(url: str) -> None:
    async with httpx2.AsyncClient(base_url=url) as client:
        with anyio.fail_after(LIMIT):
            while True:
                try:
                    await client.get("/")
                except httpx2.TransportError:
                    await anyio.sleep(0.05)
                else:
                    return
