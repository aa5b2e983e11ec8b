"""File locks that the kernel releases when their holder dies, however it dies."""

from __future__ import annotations

import errno
import os
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["NO_LOCKS", "Lock", "is_locked", "locked", "try_lock"]

POLL_SECONDS = 0.02
HELD = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}
"""What a lock that somebody else holds is told by; EACCES and EDEADLK by Windows."""

NO_LOCKS = {getattr(errno, name) for name in ("ENOLCK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS") if hasattr(errno, name)}
"""What a file system without locks says, as some network shares and container mounts are."""


@dataclass(frozen=True)
class Lock:
    """An exclusive lock that this process holds on a file."""

    path: Path
    descriptor: int

    def release(self) -> None:
        """Let go; closing the descriptor is what releases it, on every system."""
        os.close(self.descriptor)


def try_lock(path: Path) -> Lock | None:
    """Lock the file, created with mode 0600 if it is missing; None if somebody else holds it.

    The descriptor is not inherited by programs that we start (PEP 446), so a child never keeps a lock alive.
    Raises OSError if the file cannot be opened, or lies on a file system that has no locks.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if error.errno in HELD:
            return None
        why = "its file system has no file locks" if error.errno in NO_LOCKS else "its lock cannot be acquired"
        raise OSError(error.errno, f"{why} ({error.strerror})", str(path)) from error
    return Lock(path, descriptor)


def is_locked(path: Path) -> bool:
    """Whether somebody holds the file's lock now; a file that is not there is not locked."""
    if not path.exists():
        return False
    lock = try_lock(path)
    if lock is None:
        return True
    lock.release()
    return False


@contextmanager
def locked(path: Path, *, limit: float) -> Iterator[bool]:
    """Hold the file's lock, waited for at most ``limit`` seconds; yields whether it was got."""
    deadline = time.monotonic() + limit
    while (lock := try_lock(path)) is None and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    try:
        yield lock is not None
    finally:
        if lock is not None:
            lock.release()
