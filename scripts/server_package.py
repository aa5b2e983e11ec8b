"""Build the wheel with livekit-server for this platform: compile it, gather the licences, pack it.

Run by ``scripts/server-package``; on Windows by ``uv run python scripts/server_package.py``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import anyio

from mcp_voice.embedded.build import build
from mcp_voice.embedded.package import PROGRAM
from mcp_voice.embedded.toolchain import Toolchain, find_toolchain
from mcp_voice.errors import VoiceError

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "data" / "livekit-server"
PACK_SECONDS = 100
TELL_SECONDS = 60
PLATFORMS = {
    # Linked statically and without cgo, so it asks for no C library: one file for any glibc and for musl. With 2_17
    # come kernels of 3.10; Go runs on 3.2 and later. Every installer knows it.
    ("linux", "x86_64"): "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
    ("linux", "aarch64"): "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
    # The oldest macOS that Go 1.27 supports.
    ("darwin", "arm64"): "macosx_13_0_arm64",
    ("darwin", "x86_64"): "macosx_13_0_x86_64",
    ("win32", "amd64"): "win_amd64",
}
LICENCES = re.compile(r"(?i)(licen[cs]e|copying|notice)[^.]*(\.(md|rst|txt))?")


def platform_tag() -> str:
    """The wheel's platform, for the machine that this runs on; ends the program for one that we build nothing for."""
    here = (sys.platform, platform.machine().lower())
    if here not in PLATFORMS:
        sys.exit(f"No wheel is made for {' '.join(here)}; there are {', '.join(' '.join(each) for each in PLATFORMS)}.")
    return PLATFORMS[here]


async def compiled(scratch: Path) -> tuple[Path, Toolchain]:
    """livekit-server, and the Go that it was built with; raises VoiceError."""
    scratch.mkdir(parents=True, exist_ok=True)
    program = scratch / Path(PROGRAM).name
    await build(program, scratch=scratch, progress=tell)
    return program, await find_toolchain(scratch, progress=tell)


def tell(line: str) -> None:
    """Show progress."""
    print(line, file=sys.stderr, flush=True)


def licences(program: Path, toolchain: Toolchain) -> str:
    """Those of every module inside the program, and Go's own; ends the program for a module that has none."""
    go = [str(toolchain.go)]
    cache, goroot = output([*go, "env", "GOMODCACHE", "GOROOT"], toolchain).split("\n")[:2]
    parts = [_texts("The Go library", Path(goroot))]
    for module, version in modules(output([*go, "version", "-m", str(program)], toolchain)):
        parts.append(_texts(f"{module} {version}", Path(cache, f"{escaped(module)}@{escaped(version)}")))
    return "\n".join(parts)


def output(command: list[str], toolchain: Toolchain) -> str:
    """What a command prints."""
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=toolchain.environment, timeout=TELL_SECONDS
    )
    return done.stdout


def modules(told: str) -> list[tuple[str, str]]:
    """Name and version of each module in the output of ``go version -m``; of one that is replaced, its stand-in's."""
    found: list[tuple[str, str]] = []
    for line in told.splitlines():
        kind, *rest = line.strip().split("\t")
        if kind in ("mod", "dep"):
            found.append((rest[0], rest[1]))
        elif kind == "=>":
            found[-1] = (rest[0], rest[1])
    return found


def escaped(name: str) -> str:
    """A module's name as its folder in Go's cache is called."""
    return re.sub(r"[A-Z]", lambda letter: f"!{letter[0].lower()}", name)


def _texts(what: str, folder: Path) -> str:
    files = sorted(each for each in folder.iterdir() if each.is_file() and LICENCES.fullmatch(each.name))
    if not files:
        sys.exit(f"{what} has no licence in {folder}.")
    texts = [each.read_text(encoding="utf-8", errors="replace").strip() for each in files]
    return "\n\n".join((f"{'=' * 80}\n{what}\n{'=' * 80}", *texts, ""))


def pack(program: Path, third_party: str, output_folder: Path, *, scratch: Path, tag: str) -> Path:
    """A wheel in ``output_folder``; ``scratch`` is a folder that does not exist yet."""
    ignored = shutil.ignore_patterns("bin", "__pycache__")
    shutil.copytree(PROJECT, scratch, ignore=ignored)
    (scratch / "THIRD-PARTY-LICENSES").write_text(third_party, encoding="utf-8")
    packed = scratch / PROGRAM
    packed.parent.mkdir()
    shutil.copyfile(program, packed)
    packed.chmod(0o755)
    with packed.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    packed.with_name(f"{packed.name}.sha256").write_text(f"{digest}\n", encoding="ascii")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(output_folder.resolve())]
    done = subprocess.run(
        command, cwd=scratch, env=os.environ | {"WHEEL_PLATFORM": tag}, capture_output=True, text=True, check=False,
        timeout=PACK_SECONDS,
    )  # fmt: skip
    if done.returncode:
        sys.exit(done.stderr)
    (wheel,) = output_folder.glob(f"*-py3-none-{tag}.whl")
    return wheel


def main() -> None:
    """Parse the command line, build and pack."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="folder for the wheel (default: dist)")
    given = parser.parse_args()
    tag = platform_tag()
    given.output.mkdir(parents=True, exist_ok=True)
    scratch = given.output.resolve() / ".server-package"
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        program, toolchain = anyio.run(compiled, scratch / "build")
        wheel = pack(program, licences(program, toolchain), given.output, scratch=scratch / "project", tag=tag)
    except VoiceError as error:
        sys.exit(str(error))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"{wheel}: {wheel.stat().st_size} bytes")


if __name__ == "__main__":
    main()
