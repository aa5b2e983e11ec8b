"""pip or uv, to be run in a folder of ours: the user's settings for them hold, the working directory's do not."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio

from mcp_voice.process.isolation import child_environment, find_program, in_working_directory, module_command
from mcp_voice.redaction import without_login

__all__ = ["NETWORK", "PREFIXES", "Installer", "find_installer"]

# What programs that fetch need besides: proxies, certificates, and their own variables, which are the user's. They get
# no configuration of the working directory: each runs in a scratch folder of ours.
NETWORK = (
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
    *("CURL_CA_BUNDLE", "NETRC", "SSH_AUTH_SOCK", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES"),
)
PREFIXES = ("GO", "GIT_", "PIP_", "UV_", "XDG_")


@dataclass(frozen=True, slots=True)
class Installed:
    """How a run ended; the last line of what it printed says why it failed, without logins."""

    succeeded: bool
    last_line: str


@dataclass(frozen=True, slots=True)
class Installer:
    """A command that installs what is put behind it, and its whole environment."""

    command: tuple[str, ...]
    environment: dict[str, str]
    is_uv: bool = False

    async def run(
        self, arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str], limit: float
    ) -> Installed:
        """Run it in a folder of ours; raises TimeoutError after ``limit`` seconds, OSError if it cannot be started."""
        with anyio.fail_after(limit):
            done = await anyio.run_process(
                [*self.command, *arguments],
                stdin=subprocess.DEVNULL,
                stderr=subprocess.STDOUT,
                check=False,
                cwd=folder,
                env=environment,
            )
        lines = without_login(done.stdout.decode(errors="replace")).strip().splitlines()
        return Installed(not done.returncode, lines[-1] if lines else "")


def find_installer() -> Installer | None:
    """The first of pip here, uv, and pip elsewhere."""
    if importlib.util.find_spec("pip") is not None:
        environment = child_environment(*NETWORK, prefixes=PREFIXES, python=True)
        return Installer((*module_command("pip"), "install", "--disable-pip-version-check"), environment)
    environment = child_environment(*NETWORK, prefixes=PREFIXES)
    # uv tells its children where it is; uvx does so even when uv is not on PATH
    uv = os.environ.get("UV", "")
    if in_working_directory(uv):
        uv = find_program("uv") or ""
    if uv:
        return Installer((uv, "pip", "install", "--no-config", "--python", sys.executable), environment, is_uv=True)
    pip = find_program("pip3") or find_program("pip")
    return Installer((pip, "install", "--disable-pip-version-check"), environment) if pip else None
