"""Build the wheel with the weights of Moonshine tiny: find the files, check them, pack them.

The files come from ``--from``, else from an installed package (moonshine-voice, which the developers' tools bring),
else from the cache. Run by ``scripts/model-package``.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from mcp_voice.models import MOONSHINE_TINY_EN, found
from mcp_voice.settings import load

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "data" / "moonshine-tiny-en"
BUILD_SECONDS = 100


def checked(folder: Path) -> list[Path]:
    """The model's files in that folder; ends the program if one is not what it should be."""
    paths = []
    for file in MOONSHINE_TINY_EN.files:
        path = folder / file.name
        try:
            with path.open("rb") as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError as error:
            sys.exit(f"{path}: {error.strerror}")
        if digest != file.sha256:
            sys.exit(f"{path} has SHA-256 {digest}, not {file.sha256}")
        paths.append(path)
    return paths


def build(source: Path, output: Path, *, scratch: Path) -> Path:
    """A wheel in ``output`` from the files in ``source``; ``scratch`` is a folder that does not exist yet."""
    shutil.copytree(PROJECT, scratch, ignore=shutil.ignore_patterns("model", "__pycache__"))
    model = scratch / "model"
    model.mkdir()
    for path in checked(source):
        shutil.copyfile(path, model / path.name)
    before = set(output.glob("*.whl"))
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(output.resolve())]
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False, timeout=BUILD_SECONDS)
    if done.returncode:
        sys.exit(done.stderr)
    built = set(output.glob("*.whl")) - before or before
    return max(built, key=lambda path: path.stat().st_mtime)


def main() -> None:
    """Parse the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--from", dest="source", type=Path, help="folder with the three files")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="folder for the wheel (default: dist)")
    given = parser.parse_args()
    source = given.source or found(MOONSHINE_TINY_EN, load())
    if source is None:
        sys.exit(f"The files are not here. Run `mcp-voice models get {MOONSHINE_TINY_EN.name}`, or give --from.")
    given.output.mkdir(parents=True, exist_ok=True)
    scratch = given.output / ".model-package"
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        wheel = build(source, given.output, scratch=scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"{wheel}: {wheel.stat().st_size} bytes")


if __name__ == "__main__":
    main()
