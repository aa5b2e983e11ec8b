"""A model's files while they are fetched: each is there under its name only when its SHA-256 is right."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import anyio.to_thread

from mcp_voice.models.catalogue import Model, ModelFile
from mcp_voice.models.cost import MEGABYTE
from mcp_voice.models.found import is_whole
from mcp_voice.models.store import remove
from mcp_voice.models.transport import Link, mismatch

__all__ = ["FetchProgress", "Staging", "drop", "sha256"]

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """How far a fetch is: bytes that are there, and bytes that are wanted, 0 while that is not known."""

    model: str
    done: int = 0
    size: int = 0
    waiting: bool = False
    """Another process fetches it."""

    def __str__(self) -> str:
        """One line for a human."""
        if self.waiting:
            return f"{self.model}: another process is fetching it"
        percent = f", {100 * self.done // self.size} %" if self.size else ""
        return f"{self.model}: {self.done / MEGABYTE:.1f} of {self.size / MEGABYTE:.1f} MB{percent}"


@dataclass(eq=False)
class Staging:
    """The folder of a fetch under way, and who is told how it gets on."""

    model: Model
    folder: Path
    tell: Callable[[FetchProgress], None]
    _expected: dict[str, int] = field(default_factory=dict)
    _done: dict[str, int] = field(default_factory=dict)

    async def missing(self) -> list[ModelFile]:
        """The files that are still to be fetched; what an earlier fetch left is read again."""
        wanted = []
        for file in self.model.files:
            # What we have written is no link.
            linked = (self.folder / file.name).is_symlink()
            if not linked and await anyio.to_thread.run_sync(is_whole, self.folder, file):
                self.expect(file.name, file.size)
                self.took(file.name, file.size)
            else:
                wanted.append(file)
        return wanted

    def expect(self, part: str, size: int) -> None:
        """So many bytes are wanted of a part."""
        self._expected[part] = size

    def took(self, part: str, done: int) -> None:
        """So many of them are there."""
        self._done[part] = done
        self.tell(FetchProgress(self.model.name, sum(self._done.values()), sum(self._expected.values())))

    def part(self, name: str) -> Path:
        """Where a part is put that has not been checked."""
        return self.folder / f"{name}.part"

    async def accept(self, file: ModelFile, *, link: Link) -> None:
        """Give a part its name if it is the file; else it is removed, and ModelError raised."""
        part = self.part(file.name)
        digest = await anyio.to_thread.run_sync(sha256, part)
        if digest != file.sha256:
            drop(part)
            raise mismatch(link, f"its SHA-256 is {digest}, not {file.sha256}")
        part.replace(self.folder / file.name)
        drop(part)

    async def write(self, file: ModelFile, content: Callable[[], Iterable[bytes]], *, link: Link) -> None:
        """Write a file out of an archive and accept it; raises ModelError."""
        await anyio.to_thread.run_sync(self._write, file, content, link)
        await self.accept(file, link=link)

    def _write(self, file: ModelFile, content: Callable[[], Iterable[bytes]], link: Link) -> None:
        part, written = self.part(file.name), 0
        drop(part)
        with part.open("xb") as opened:
            for chunk in content():
                written += len(chunk)
                if written > file.size:
                    raise mismatch(link, f"it holds more than {file.size} bytes for {file.name}")
                opened.write(chunk)

    def clear(self) -> None:
        """Leave nothing but the model's files, safe on the disk."""
        names = {file.name for file in self.model.files}
        for path in self.folder.iterdir():
            if path.name not in names:
                remove(path)
        for name in names:
            descriptor = os.open(self.folder / name, os.O_RDWR)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def sha256(path: Path) -> str:
    """In hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def drop(part: Path) -> None:
    """Remove a part, and what is kept beside it."""
    for path in (part, part.with_name(f"{part.name}.etag")):
        path.unlink(missing_ok=True)
