"""One process without a network, while those beside it keep theirs: a firewall drops all of its cgroup (as root)."""

from __future__ import annotations

import re
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["cut_off", "sockets"]

MOUNTS = Path("/proc/self/mounts")
SOCKET = re.compile(r"^(?P<kind>tcp|udp) .*?:(?P<port>\d+) .*\bpid=(?P<pid>\d+),", re.MULTILINE)
"""A line of ``ss``: the first address is our own."""


def sockets(namespace: str) -> dict[int, set[tuple[str, int]]]:
    """By process of a network namespace, the kinds and ports of its sockets."""
    command = ["ip", "netns", "exec", namespace, "ss", "-Htuanp"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[int, set[tuple[str, int]]] = {}
    for line in SOCKET.finditer(listed):
        found.setdefault(int(line["pid"]), set()).add((line["kind"], int(line["port"])))
    return found


def _cgroups() -> Path:
    """Where the second version of control groups is mounted; a machine may have the first one beside it."""
    mounts = (line.split() for line in MOUNTS.read_text(encoding="utf-8").splitlines())
    return next(Path(mount[1]) for mount in mounts if mount[2] == "cgroup2")


def _of(pid: int) -> str:
    """The cgroup of a process, below all others."""
    lines = Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines()
    return next(line.removeprefix("0::/") for line in lines if line.startswith("0::/"))


@contextmanager
def cut_off(pid: int, *, namespace: str) -> Iterator[None]:
    """Lose all that a process of a network namespace sends and is sent, while the block lasts; no connection is closed.

    A socket belongs to the cgroup in which it was opened: those that are open already are known by their ports.
    """
    root, before = _cgroups(), _of(pid)
    cgroup = root / f"mcp-voice-{uuid.uuid4().hex[:6]}"
    cgroup.mkdir()
    (cgroup / "cgroup.procs").write_text(str(pid), encoding="ascii")
    rules = [f"OUTPUT -m cgroup --path {cgroup.name}"]
    for kind, port in sockets(namespace).get(pid, ()):
        rules += [f"OUTPUT -p {kind} --sport {port}", f"INPUT -p {kind} --dport {port}"]
    firewall = f"ip netns exec {namespace} iptables"
    try:
        for rule in rules:
            subprocess.run(f"{firewall} -A {rule} -j DROP".split(), check=True)
        yield
    finally:
        subprocess.run(f"{firewall} -F".split(), check=True)
        with suppress(ProcessLookupError):  # it has ended
            (root / before / "cgroup.procs").write_text(str(pid), encoding="ascii")
        cgroup.rmdir()
