"""livekit-server as our child: its configuration, its ports, its end."""

from __future__ import annotations

import json
import random
import secrets
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_network
from typing import TYPE_CHECKING

import psutil

from mcp_voice.embedded.keeper.files import Files, Identity, KeeperState, write_private
from mcp_voice.embedded.keeper.leash import leashed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["HOST", "Server", "end_leftover", "identity_with_free_port", "running_server"]

HOST = "127.0.0.1"
# What clients are told instead of public STUN servers; nothing needs to listen there. It must not be the server's own
# UDP port: a libwebrtc client that has it as STUN server and as peer never connects (tried).
NO_STUN = f"{HOST}:3478"
# Below the ports that systems hand out by themselves (Linux from 32768, macOS and Windows from 49152).
PORTS = range(20_000, 32_000)
PORT_ATTEMPTS = 200
LOG_BYTES = 2_000_000
END_SECONDS = 3.0
EMPTY_ROOM_SECONDS = 300
LEFT_ROOM_SECONDS = 20


@dataclass(frozen=True)
class Server:
    """A livekit-server that was started: our end of its leash, its process, its port."""

    leash: subprocess.Popen[bytes]
    pid: int
    born: float
    port: int

    def is_ready(self) -> bool:
        """Whether it answers HTTP on its port; takes at most 1 s."""
        try:
            with socket.create_connection((HOST, self.port), timeout=1) as connection:
                connection.sendall(f"GET / HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
                return connection.recv(5) == b"HTTP/" and self.is_running()
        except OSError:
            return False

    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.leash.poll() is None


def identity_with_free_port(files: Files) -> Identity:
    """The stored identity, or a new one; with another port if a different program has taken ours. Raises OSError."""
    identity = files.read_identity()
    if identity is not None and _is_free(identity.port):
        return identity
    key, secret = (
        (identity.api_key, identity.api_secret)
        if identity is not None
        else (f"API{secrets.token_hex(6)}", secrets.token_urlsafe(36))
    )
    fresh = Identity(api_key=key, api_secret=secret, port=_free_port())
    files.write_identity(fresh)
    return fresh


@contextmanager
def running_server(files: Files, identity: Identity, *, binary: str, addresses: Sequence[str] = ()) -> Iterator[Server]:
    """Start livekit-server, end it afterwards. Raises OSError if it cannot be started at all.

    ``addresses`` are those at which it takes media beside the loopback; it listens for signalling on that alone.
    """
    write_private(files.config, json.dumps(_config(identity, addresses), indent=1))
    with _log(files) as log:
        leash = subprocess.Popen(  # noqa: S603 - our own interpreter and script
            leashed(binary, "--config", str(files.config)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    pid, born = 0, 0.0
    try:
        first_line = leash.stdout.readline() if leash.stdout else b""  # or EOF, when it could not be run
        if not first_line.strip().isdigit():
            raise OSError(f"{binary} cannot be run")
        pid = int(first_line)
        born = _born(pid)
        yield Server(leash=leash, pid=pid, born=born, port=identity.port)
    finally:
        _end(leash)
        _end_process(pid, born)


def end_leftover(state: KeeperState | None) -> None:
    """End the server of a keeper that was killed, if that process is still the same one and not somebody else's."""
    if state is not None and state.server_pid:
        _end_process(state.server_pid, state.server_born)


def _config(identity: Identity, addresses: Sequence[str]) -> dict[str, object]:
    """Loopback only, and no STUN server of the world: neither we nor a client's ICE then asks the DNS for one.

    ICE over TCP is off because livekit-server 1.13.5 listens for it on every address; on the loopback UDP always works.
    """
    return {
        "port": identity.port,
        "bind_addresses": [HOST],
        "keys": {identity.api_key: identity.api_secret},
        "rtc": {
            "udp_port": identity.port,
            "tcp_port": 0,
            # With it all candidates are given out under this one address; without, each under its own.
            **({} if addresses else {"node_ip": HOST}),
            "use_external_ip": False,
            "enable_loopback_candidate": True,
            "ips": {"includes": [str(ip_network(each)) for each in (HOST, *addresses)]},
            "stun_servers": [NO_STUN],
        },
        "room": {"empty_timeout": EMPTY_ROOM_SECONDS, "departure_timeout": LEFT_ROOM_SECONDS},
        # room names and identities are people's: only warnings are kept on disk
        "logging": {"level": "warn", "json": False},
    }


@contextmanager
def _log(files: Files) -> Iterator[int]:
    """The log's descriptor, for appending; an old log that has grown is moved aside."""
    if files.log.exists() and files.log.stat().st_size > LOG_BYTES:
        with suppress(OSError):  # on Windows, while somebody reads it
            files.log.replace(files.log.with_suffix(".log.old"))
    files.log.touch(mode=0o600)
    with files.log.open("ab") as log:
        yield log.fileno()


def _end(leash: subprocess.Popen[bytes]) -> None:
    """Ask, ask again (livekit-server then leaves its participants), then kill; at most 3 times END_SECONDS."""
    for pipe in (leash.stdin, leash.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    if sys.platform == "linux":  # elsewhere the closed pipe has asked
        leash.terminate()
        with suppress(subprocess.TimeoutExpired):
            leash.wait(END_SECONDS / 10)
            return
        leash.terminate()
    with suppress(subprocess.TimeoutExpired):
        leash.wait(END_SECONDS * 2)
        return
    leash.kill()
    leash.wait(END_SECONDS)


def _end_process(pid: int, born: float) -> None:
    """Kill a process, unless it is gone or its number belongs to another one by now."""
    if not born or _born(pid) != born:
        return
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        process.kill()
        process.wait(END_SECONDS)


def _born(pid: int) -> float:
    """When the process was started, in seconds since 1970: no other has both its number and this; 0 if it is gone."""
    try:
        process = psutil.Process(pid)
        # one that is dead but not reaped: in a container whose first process does not care, that is for ever
        return 0.0 if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.Error:
        return 0.0


def _is_free(port: int) -> bool:
    """Whether both TCP and UDP of the port can be bound on the loopback."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind is socket.SOCK_STREAM and sys.platform != "win32":
                # as Go does it: a connection of the last run that lingers in TIME_WAIT is no obstacle
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                return False
    return True


def _free_port() -> int:
    for port in random.sample(PORTS, PORT_ATTEMPTS):
        if _is_free(port):
            return port
    raise OSError(f"none of {PORT_ATTEMPTS} ports from {PORTS.start} to {PORTS.stop} could be bound on {HOST}")
