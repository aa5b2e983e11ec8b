"""What the keeper and its users tell each other: a few small files in one private folder."""

from __future__ import annotations

import json
import os
import secrets
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

from mcp_voice.process.locks import is_locked

__all__ = ["FAILED", "READY", "STARTING", "STOPPING", "Files", "Identity", "KeeperState", "write_private"]

STARTING, READY, STOPPING, FAILED = "starting", "ready", "stopping", "failed"

# Windows refuses to replace a file while another process reads it; those reads take microseconds.
REPLACE_ATTEMPTS = 50
REPLACE_PAUSE_SECONDS = 0.02
LAST_PORT = 65_535
LAST_PID = 2**31 - 1
PROBE_BYTES = 8_192


T = TypeVar("T", "Identity", "KeeperState")


@dataclass(frozen=True)
class Identity:
    """Key, secret and port of the local server; kept between runs, so that clients can come back to it."""

    api_key: str
    api_secret: str = field(repr=False)
    port: int


@dataclass(frozen=True)
class KeeperState:
    """What the keeper says about itself: its phase, the server's process, and why it failed."""

    phase: str
    binary: str
    version: str
    keeper_pid: int
    server_pid: int = 0
    server_born: float = 0.0
    port: int = 0
    problem: str = ""
    addresses: str = ""
    """Beside the loopback, where the server takes media; with commas between them."""


@dataclass(frozen=True)
class Files:
    """The private folder (mode 0700) and its files (mode 0600)."""

    folder: Path

    @property
    def door(self) -> Path:
        """Lock: held while a lease is taken, or while the keeper decides that none is left."""
        return self.folder / "door.lock"

    @property
    def keeper(self) -> Path:
        """Lock: held by the one keeper for as long as it lives."""
        return self.folder / "keeper.lock"

    @property
    def leases(self) -> Path:
        """Folder with one locked file for each user of the server."""
        return self.folder / "leases"

    @property
    def pinned(self) -> Path:
        """Present while ``mcp-voice server start`` keeps the server up without a lease."""
        return self.folder / "pinned"

    @property
    def stop(self) -> Path:
        """Present when the keeper is asked to end."""
        return self.folder / "stop"

    @property
    def identity(self) -> Path:
        """JSON: the Identity."""
        return self.folder / "identity.json"

    @property
    def state(self) -> Path:
        """JSON: the KeeperState."""
        return self.folder / "state.json"

    @property
    def config(self) -> Path:
        """The server's configuration; JSON, which is YAML too."""
        return self.folder / "livekit.yaml"

    @property
    def log(self) -> Path:
        """What livekit-server and the keeper have to say."""
        return self.folder / "livekit-server.log"

    def create(self) -> None:
        """Make the folders, readable for their owner only; raises OSError."""
        for folder in (self.folder, self.leases):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)

    def read_identity(self) -> Identity | None:
        """The stored identity, or None if there is none that can be used."""
        found = _made(Identity, _read(self.identity))
        return found if found and found.api_key and found.api_secret and 0 < found.port <= LAST_PORT else None

    def read_state(self) -> KeeperState | None:
        """The keeper's last word, or None; only worth something while its lock is held."""
        # That of a later version may say more: two hosts of one user may well run two versions.
        known = {each.name for each in fields(KeeperState)}
        found = _made(KeeperState, {name: value for name, value in _read(self.state).items() if name in known})
        return found if found and 0 < found.keeper_pid <= LAST_PID and 0 <= found.server_pid <= LAST_PID else None

    def write_identity(self, identity: Identity) -> None:
        """Store the identity; raises OSError."""
        write_private(self.identity, json.dumps(asdict(identity)))

    def write_state(self, state: KeeperState) -> None:
        """Store the keeper's state; raises OSError."""
        write_private(self.state, json.dumps(asdict(state)))

    def probe(self) -> None:
        """Write a little and take it away again; raises OSError if that is not possible, as on a full disk."""
        path = self.folder / f"probe.{os.getpid()}"
        write_private(path, " " * PROBE_BYTES)
        path.unlink()

    def held_leases(self) -> int:
        """How many leases are held; call it behind the door, which is also when those of the dead are cleared away."""
        held = 0
        for path in self.leases.glob("*.lease"):
            if is_locked(path):
                held += 1
            else:
                with suppress(OSError):
                    path.unlink()
        return held

    def wanted_addresses(self) -> set[str]:
        """The addresses beside the loopback at which those who hold a lease want media to arrive."""
        wanted = set()
        for path in self.leases.glob("*.address"):
            if is_locked(path.with_suffix(".lease")):
                with suppress(OSError, ValueError):
                    wanted.add(str(ip_address(path.read_text(encoding="ascii"))))
            else:
                with suppress(OSError):
                    path.unlink()
        return wanted


def write_private(path: Path, text: str) -> None:
    """Replace the file as a whole, with mode 0600 from its first byte on; raises OSError."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        for attempt in range(REPLACE_ATTEMPTS):
            try:
                draft.replace(path)
            except PermissionError:
                if attempt == REPLACE_ATTEMPTS - 1:
                    raise
                time.sleep(REPLACE_PAUSE_SECONDS)
            else:
                return
    finally:
        draft.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any]:
    """The JSON object in a file; empty if it is missing, torn or something else."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _made(kind: type[T], values: dict[str, Any]) -> T | None:
    """The dataclass with these fields, or None if they are not its fields or of another type."""
    try:
        made = kind(**values)
    except TypeError:
        return None
    return made if all(type(getattr(made, each.name)).__name__ == each.type for each in fields(kind)) else None
