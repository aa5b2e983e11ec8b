"""Single files out of a zip of which only parts have been read: its directory at the end, and what belongs to each."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mcp_voice.models.download import Span

__all__ = ["TAIL_BYTES", "NotAZipError", "Packed", "directory", "unpacked"]

TAIL_BYTES = 1 << 16
"""At the end of the file; the directory of a wheel with some hundred files takes half of it."""
LOCAL_HEADER = struct.Struct("<4s22sHH")
"""Signature; what the directory says as well; the lengths of name and extra field (APPNOTE.TXT, 4.3.7)."""
SIGNATURE = b"PK\x03\x04"
CHUNK = 1 << 18


class NotAZipError(Exception):
    """What was read is no zip, or one that cannot be read in parts."""


class Packed:
    """A file in a zip: where its local header and its data are, and how it is packed."""

    def __init__(self, span: Span, info: zipfile.ZipInfo) -> None:
        self.span = span
        self.packed_size = info.compress_size
        self.is_deflated = info.compress_type == zipfile.ZIP_DEFLATED


def directory(tail: bytes, size: int) -> dict[str, Packed]:
    """All files of a zip of ``size`` bytes by name, told from its last bytes; raises NotAZipError."""
    try:
        with zipfile.ZipFile(_Tail(tail, size)) as opened:
            infos = sorted(opened.infolist(), key=lambda info: info.header_offset)
            ends = [*(info.header_offset for info in infos[1:]), opened.start_dir]
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, struct.error) as error:
        raise NotAZipError(str(error)) from error
    return {
        info.filename: Packed(Span(end - info.header_offset, info.header_offset, size), info)
        for info, end in zip(infos, ends, strict=True)
        if info.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} and 0 <= info.header_offset < end <= size
    }


def unpacked(part: Path, packed: Packed) -> Iterator[bytes]:
    """The file's content out of what was read of its span; raises NotAZipError. Its size is for the caller to bound."""
    try:
        with part.open("rb") as file:
            yield from _content(file, packed)
    except (struct.error, zlib.error) as error:
        raise NotAZipError(str(error)) from error


def _content(file: BinaryIO, packed: Packed) -> Iterator[bytes]:
    signature, _, name, extra = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
    if signature != SIGNATURE:
        raise NotAZipError("no file begins there")
    file.seek(name + extra, io.SEEK_CUR)
    left, inflating = packed.packed_size, zlib.decompressobj(-zlib.MAX_WBITS)
    while left and (chunk := file.read(min(CHUNK, left))):
        left -= len(chunk)
        while chunk:
            yield inflating.decompress(chunk, CHUNK) if packed.is_deflated else chunk
            chunk = inflating.unconsumed_tail
    if packed.is_deflated:
        yield inflating.flush()


class _Tail(io.RawIOBase):
    """A file of which there are the last bytes only."""

    def __init__(self, tail: bytes, size: int) -> None:
        super().__init__()
        self._tail, self._size, self._at = tail, size, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        begin = self._at - (self._size - len(self._tail))
        if begin < 0:
            raise OSError("the directory is longer than what was read")
        end = len(self._tail) if size is None or size < 0 else begin + size
        found = self._tail[begin:end]
        self._at += len(found)
        return found
