"""pip or uv, to be run in a folder of ours: the user's settings for them hold, the working directory's do not."""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import dataclass

from mcp_voice.isolation import child_environment, find_program, in_working_directory, module_command

__all__ = ["NETWORK", "PREFIXES", "Installer", "find_installer"]

# What programs that fetch need besides: proxies, certificates, and their own variables, which are the user's. They get
# no configuration of the working directory: each runs in a scratch folder of ours.
NETWORK = (
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
    *("CURL_CA_BUNDLE", "NETRC", "SSH_AUTH_SOCK", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES"),
)
PREFIXES = ("GO", "GIT_", "PIP_", "UV_", "XDG_")


@dataclass(frozen=True, slots=True)
class Installer:
    """A command that installs what is put behind it, and its whole environment."""

    command: tuple[str, ...]
    environment: dict[str, str]
    is_uv: bool = False


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
