"""The page's own files, read once: nothing but these can be asked for."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

__all__ = ["FOLDER", "INDEX", "StaticFile", "static_files"]

FOLDER = Path(__file__).parent / "static"
INDEX = "index.html"
TYPES: Mapping[str, str] = MappingProxyType(
    {
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".svg": "image/svg+xml",
        ".png": "image/png",
        ".json": "application/json",
        ".webmanifest": "application/manifest+json",
        ".mp3": "audio/mpeg",
        ".txt": "text/plain; charset=utf-8",
    }
)
"""By suffix: what the system thinks of suffixes differs, and a browser is told not to guess."""


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file of the page."""

    content: bytes = field(repr=False)
    media_type: str
    tag: str
    """Its ETag."""
    packed: bytes = field(default=b"", repr=False)
    """The same by gzip; nothing where that is of no use."""


def static_files(folder: Path = FOLDER) -> dict[str, StaticFile]:
    """All files that a page is made of, by their path below the folder; one of another type is none of them."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (kind := TYPES.get(path.suffix)):
            content = path.read_bytes()
            tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
            packed = gzip.compress(content, compresslevel=6, mtime=0) if kind.startswith("text/") else b""
            found[path.relative_to(folder).as_posix()] = StaticFile(content, kind, tag, packed)
    return found
