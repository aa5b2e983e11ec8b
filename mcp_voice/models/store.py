"""Where models lie in the cache, and what can go wrong with that folder."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_path

from mcp_voice.errors import ModelError
from mcp_voice.models.catalogue import Model
from mcp_voice.process.files import FULL
from mcp_voice.process.locks import NO_LOCKS
from mcp_voice.settings import Settings

__all__ = ["ModelPlace", "folder_told", "is_ours", "place", "remove"]

APP = "mcp-voice"
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class ModelPlace:
    """A model's paths in the cache, whether it is there or not."""

    def __init__(self, top: Path, model: Model) -> None:
        self.top = top
        self.folder = top / model.name
        """The model itself: there is nothing, or all of it."""
        self.staging = top / f".{model.name}.partial"
        """What has been fetched so far; a later fetch goes on from it."""
        self.old = top / f".{model.name}.old"
        """What stood in its place before; there for a moment, or after a crash in it."""
        self.lock = top / f".{model.name}.lock"

    def make(self) -> None:
        """Make the folder of all models, for us alone; raises ModelError."""
        with folder_told(self.top):
            self.top.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not is_ours(self.top):
                raise _unusable(self.top, "it belongs to another user")
            mode = stat.S_IMODE(self.top.stat().st_mode)
            if mode & OTHERS_WRITE and hasattr(os, "getuid"):
                self.top.chmod(mode & ~OTHERS_WRITE)

    def make_staging(self) -> None:
        """Make the folder for what is fetched, and not where a link leads to."""
        if self.staging.is_symlink():
            self.staging.unlink()
        self.staging.mkdir(mode=0o700, exist_ok=True)

    def reuse(self, names: Iterable[str]) -> None:
        """Take what is in the folder of a model that is not whole as fetched, so that only the rest is."""
        if not self.folder.is_symlink() and self.folder.is_dir():
            for name in names:
                there, fetched = self.folder / name, self.staging / name
                if there.is_file() and not there.is_symlink() and is_ours(there) and not fetched.exists():
                    there.replace(fetched)

    def settle(self) -> None:
        """Put what was fetched in its place, in one step."""
        remove(self.old)
        if self.folder.is_symlink() or self.folder.exists():
            self.folder.rename(self.old)
        self.staging.rename(self.folder)
        remove(self.old)

    def remove(self) -> bool:
        """Remove the model, and what was fetched of it; whether there was anything. Raises ModelError."""
        with folder_told(self.top):
            removed = [remove(path) for path in (self.folder, self.staging, self.old)]
        return any(removed)


def place(model: Model, settings: Settings) -> ModelPlace:
    """Where the model is, or would be, in the cache; nothing is made. Raises ModelError where the user has no home."""
    try:
        top = (settings.cache_dir or user_cache_path(APP, appauthor=False)).expanduser().absolute()
    except RuntimeError as error:
        raise _unusable(settings.cache_dir or Path("~/.cache"), "the user has no home folder") from error
    return ModelPlace(top / "models", model)


def remove(path: Path) -> bool:
    """Remove a folder with what is in it, or a link alone; whether it was there."""
    if path.is_symlink() or path.is_file():
        path.unlink()
        return True
    if not path.exists():
        return False
    shutil.rmtree(path)
    return True


def is_ours(path: Path) -> bool:
    """Whether it belongs to the user who runs us; true where files have no such owner."""
    return not hasattr(os, "getuid") or path.stat().st_uid == os.getuid()


@contextmanager
def folder_told(folder: Path) -> Iterator[None]:
    """Say of a folder that cannot be used why, and what to do: raises ModelError for an OSError of the block."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise ModelError(
                f"The models' folder {str(folder)!r} cannot be used: the disk is full.",
                fix="Free some space on it, or set MCP_VOICE_CACHE_DIR to a folder on another disk; "
                "what was fetched so far is kept.",
                code="model-disk-full",
            ) from error
        where = "on a local disk" if error.errno in NO_LOCKS else "that you own"
        raise _unusable(folder, error.strerror or type(error).__name__, where) from error


def _unusable(folder: Path, why: str, where: str = "that you own") -> ModelError:
    return ModelError(
        f"The models' folder {str(folder)!r} cannot be used: {why}.",
        fix=f"Set MCP_VOICE_CACHE_DIR to a folder {where}.",
        code="model-folder",
    )
