"""Folders of figures that workers left behind: each has one by its port, and nobody removed those of ports of old."""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["claimed", "remove_dead"]

log = logging.getLogger(__name__)

NAME = re.compile(r"prometheus-\d{1,5}")
OWN = re.compile(r"[a-z_]+_(?:room)?(\d+)\.db|room\d+\.lock")
"""Files of prometheus_client, by the process or the room, and our locks."""
PROCESS = re.compile(r"[a-z_]+_(\d+)\.db")
MOST = 100
"""Folders that are looked at when a worker starts."""
CLAIM_SECONDS = 2.0
LOOK_SECONDS = 0.05
UNCLAIMED_SECONDS = 86_400.0
"""A folder without a lock beside it is an older version's; a worker that is up has written into it since."""

if sys.platform == "win32":

    @contextmanager
    def claimed(folder: Path) -> Iterator[None]:  # noqa: ARG001 - nothing is removed there, for nothing says what lives
        """Say that a worker which is up has this folder, while the block lasts."""
        yield

    def remove_dead(cache: Path, *, but: Path) -> None:
        """Remove the folders of workers that are gone."""

else:
    import fcntl

    @contextmanager
    def claimed(folder: Path) -> Iterator[None]:
        """Say that a worker which is up has this folder, while the block lasts; the kernel ends it with the process."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = _claim(folder)
        try:
            yield
        finally:
            if lock is not None:
                os.close(lock)

    def remove_dead(cache: Path, *, but: Path) -> None:
        """Remove the folders in a cache that belong to no process any more; one in doubt stays.

        ``but``: our own.
        """
        with suppress(OSError):
            for folder in [each for each in cache.iterdir() if NAME.fullmatch(each.name) and each != but][:MOST]:
                with suppress(OSError), _if_dead(folder) as dead:
                    if dead:
                        _remove(folder)

    def _beside(folder: Path) -> Path:
        return folder.with_name(f"{folder.name}.lock")

    def _claim(folder: Path) -> int | None:
        """A lock on the folder; None where it cannot be had, as on a file system without locks: nothing needs it."""
        until = time.monotonic() + CLAIM_SECONDS
        try:
            while (lock := _locked(folder)) is None and time.monotonic() < until:
                time.sleep(LOOK_SECONDS)  # whoever removes leftovers has it for a moment
        except OSError as error:
            log.warning("the folder of the figures is not locked: %s", error.strerror or type(error).__name__)
            return None
        return lock

    def _locked(folder: Path) -> int | None:
        """A lock on the folder; None where another process has it. Raises OSError where there are no locks."""
        lock = os.open(_beside(folder), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Not one of a file that was removed meanwhile.
            if os.fstat(lock).st_ino == _beside(folder).stat().st_ino:
                return lock
        except (BlockingIOError, FileNotFoundError):
            pass
        except OSError:
            os.close(lock)
            raise
        os.close(lock)
        return None

    @contextmanager
    def _if_dead(folder: Path) -> Iterator[bool]:
        """Whether no process has this folder, nor can take it while the block lasts."""
        known = _beside(folder).exists()
        lock = _locked(folder)
        if lock is None:
            yield False
            return
        try:
            dead = not folder.is_symlink() and folder.is_dir() and (known or _is_old(folder)) and not _in_use(folder)
            yield dead
            if dead or not known:
                _beside(folder).unlink()
        finally:
            os.close(lock)

    def _is_old(folder: Path) -> bool:
        changed = max(each.stat().st_mtime for each in (folder, *folder.iterdir()))
        return time.time() - changed > UNCLAIMED_SECONDS

    def _in_use(folder: Path) -> bool:
        """Whether a process that lives writes there, or anything is there that is none of ours."""
        for file in folder.iterdir():
            if file.is_symlink() or not file.is_file() or not OWN.fullmatch(file.name):
                return True
            process = PROCESS.fullmatch(file.name)
            if (process and _lives(int(process[1]))) or (file.suffix == ".lock" and _is_held(file)):
                return True
        return False

    def _lives(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except PermissionError:
            return True
        return True

    def _is_held(file: Path) -> bool:
        lock = os.open(file, os.O_RDWR)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    def _remove(folder: Path) -> None:
        for file in list(folder.iterdir()):
            file.unlink()
        folder.rmdir()
