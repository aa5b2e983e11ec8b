"""Files that somebody asked for, and a disk that does not take them."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mcp_voice.errors import BadSettings

__all__ = ["FULL", "writing"]

FULL = {getattr(errno, name) for name in ("ENOSPC", "EDQUOT") if hasattr(errno, name)}


@contextmanager
def writing(path: Path, *, option: str = "--output") -> Iterator[None]:
    """Say why a file or folder could not be written, and what to do: raises BadSettings for an OSError of the block.

    ``option`` sets where the file goes.
    """
    try:
        yield
    except OSError as error:
        full = error.errno in FULL
        why = "the disk is full" if full else error.strerror or type(error).__name__
        fix = f"Free some space, or set {option}" if full else f"Set {option} to a folder that you may write to"
        raise BadSettings(f"{str(path)!r} cannot be written: {why}.", fix=f"{fix}.", code="cannot-write") from None
