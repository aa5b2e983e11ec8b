"""Room configurations that were fetched a moment ago, shared by the worker processes of one machine.

Each job of a LiveKit worker is a process of its own, so what one has fetched is kept for the others in files: one for
each configuration, private to the user, replaced as a whole. A file that cannot be read, or not be believed, counts as
absent, and one that cannot be written is done without.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import stat
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from platformdirs import user_cache_path
from pydantic import BaseModel

from mcp_voice.process.files import FULL

__all__ = ["STALE_SECONDS", "ConfigCache"]

log = logging.getLogger(__name__)

APP = "mcp-voice"
FOLDER = "agent-configs"
LARGEST_FILE = 256 * 1024
"""Bytes; JSON may grow when it is written anew, with every character beyond ASCII as three to six bytes."""
STALE_SECONDS = 3600.0
"""How old a configuration may be to stand in for a service that is down. Older files are removed."""

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """A configuration and its age in seconds."""

    value: T
    age: float


class ConfigCache(Generic[T]):
    """The files; no method raises for what the file system or another process does."""

    def __init__(self, kind: type[T], folder: Path | None) -> None:
        """``folder`` None is the user's cache folder."""
        self._kind = kind
        self._top = folder

    @property
    def _folder(self) -> Path:
        """Raises FileNotFoundError where the user has no home: nothing is kept there."""
        try:
            return (self._top or user_cache_path(APP, appauthor=False)).expanduser().absolute() / FOLDER
        except RuntimeError as error:
            raise FileNotFoundError(errno.ENOENT, "the user has no home folder") from error

    def get(self, *key: str) -> Kept[T] | None:
        """What was put under the key within the last hour."""
        with suppress(OSError, ValueError):
            text, written = self._read(self._path(key))
            age = time.time() - written
            # A file from the future was written before the clock was set back; nobody knows its age.
            if 0 <= age <= STALE_SECONDS:
                return Kept(self._kind.model_validate_json(text), age)
        return None

    def put(self, value: T, *key: str) -> None:
        """Keep a value from now on, and remove what is too old to be of use."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(self._path(key), value.model_dump_json(exclude_unset=True).encode())
            self._sweep()
        except (OSError, ValueError) as error:
            # This conversation does not need it, and where nothing may be written at all nobody expects it.
            if isinstance(error, OSError) and error.errno in FULL:
                log.warning("the disk is full: a room's configuration is not kept for an outage; free some space")

    def drop(self, *key: str) -> None:
        """Forget a value."""
        with suppress(OSError, ValueError):
            self._path(key).unlink(missing_ok=True)

    def _path(self, key: tuple[str, ...]) -> Path:
        # Names may hold anything, slashes and half characters too; a NUL keeps ("a", "bc") and ("ab", "c") apart.
        digest = hashlib.sha256("\0".join(key).encode(errors="surrogatepass")).hexdigest()
        return self._folder / f"{digest}.json"

    def _read(self, path: Path) -> tuple[bytes, float]:
        """A file's bytes and when they were written; raises OSError when it is not ours."""
        # A pipe in a shared folder would block the room without O_NONBLOCK.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
        with open(descriptor, "rb") as file:  # noqa: PTH123  # a descriptor has no path
            found = os.fstat(descriptor)
            foreign = hasattr(os, "getuid") and found.st_uid != os.getuid()
            if foreign or not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST_FILE:
                raise PermissionError(f"{path.name} is not a file of ours")
            return file.read(LARGEST_FILE), found.st_mtime

    def _write(self, path: Path, data: bytes) -> None:
        # mkstemp makes the file with mode 0600; a reader sees the old file or the new one, never a part.
        descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=self._folder)
        part = Path(name)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123  # a descriptor has no path
                file.write(data)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise

    def _sweep(self) -> None:
        """Remove old files: each room may have a name of its own, so there would be no end of them."""
        oldest = time.time() - STALE_SECONDS
        for each in self._folder.iterdir():
            with suppress(OSError):
                if each.lstat().st_mtime < oldest:
                    each.unlink()
