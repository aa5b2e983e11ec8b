"""Where a model is: in the folder that a setting names, in an installed package, or in the cache."""

from __future__ import annotations

import hashlib
import importlib.util
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mcp_voice.errors import ModelError
from mcp_voice.models.catalogue import Model, ModelFile
from mcp_voice.models.store import is_ours, place
from mcp_voice.settings import Settings

__all__ = ["found", "is_whole", "located"]

Where = Literal["setting", "package", "cache"]


@dataclass(frozen=True, slots=True)
class Located:
    """A model on disk: its folder, and how it came there."""

    folder: Path
    where: Where


def found(model: Model, settings: Settings) -> Path | None:
    """The folder with all the model's files, or None; it takes microseconds, fetches nothing and imports nothing.

    In this order: ``MCP_VOICE_MODELS_DIR``, an installed package, the cache. A folder counts if each file has its size;
    what is in the cache has been checked by SHA-256 before it was put there.
    """
    there = located(model, settings)
    return there.folder if there else None


def located(model: Model, settings: Settings) -> Located | None:
    """As ``found``, with how it came there."""
    if settings.models_dir is not None:
        # The files of one model, or a folder for each.
        for folder in (settings.models_dir / model.name, settings.models_dir):
            if _has_all(folder, model):
                return Located(folder, "setting")
    for name, inside in model.packages:
        for folder in _in_package(name, inside):
            if _has_all(folder, model):
                return Located(folder, "package")
    with suppress(ModelError):  # nobody's home holds nothing
        cached = place(model, settings).folder
        if _has_all(cached, model, written_by_us=True):
            return Located(cached, "cache")
    return None


def is_whole(folder: Path, file: ModelFile) -> bool:
    """Whether the file is there with its SHA-256: read as a whole, 30 MB take 0.03 s, so in a thread."""
    try:
        with (folder / file.name).open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest() == file.sha256
    except OSError:
        return False


def _in_package(name: str, inside: str) -> list[Path]:
    try:
        # Of a package at the top this imports nothing.
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return []
    places = spec.submodule_search_locations if spec else None
    return [Path(each, inside) for each in places or ()]


def _has_all(folder: Path, model: Model, *, written_by_us: bool = False) -> bool:
    return all(_has(folder / file.name, file, written_by_us=written_by_us) for file in model.files)


def _has(path: Path, file: ModelFile, *, written_by_us: bool) -> bool:
    """Whether a file of its size is there; what we have written is ours, and no link."""
    try:
        status = path.lstat() if written_by_us else path.stat()
        ours = not written_by_us or is_ours(path)
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size == file.size and ours
