"""Whether whoever reads our results sits at this machine, before a desktop on which a browser may be opened.

A host passes on next to nothing of its environment, so what it leaves out is looked up in its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

__all__ = ["Surroundings", "surroundings", "why_shut"]

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")
DESKTOP = (
    *DISPLAYS,
    *("XAUTHORITY", "XDG_RUNTIME_DIR", "XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE", "XDG_DATA_DIRS", "XDG_CONFIG_DIRS"),
    *("DBUS_SESSION_BUS_ADDRESS", "DESKTOP_SESSION", "KDE_FULL_SESSION", "GNOME_DESKTOP_SESSION_ID", "BROWSER"),
)
"""What a browser, or ``xdg-open``, needs of a Linux desktop's environment."""
REMOTE = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
REMOTE_PROGRAMS = ("sshd", "sshd-session", "dropbear", "mosh-server")
AUTOMATIC = ("CI", "CONTINUOUS_INTEGRATION", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION")
CONTAINED = ("KUBERNETES_SERVICE_HOST", "CODESPACES", "GITPOD_WORKSPACE_ID", "REMOTE_CONTAINERS", "container")
SANDBOXES = ("flatpak", "snap")
"""Values of ``container`` that a program on somebody's desktop has."""
CONTAINER_FILES = (".dockerenv", "run/.containerenv")
CONTAINER_GROUPS = ("docker", "kubepods", "containerd", "libpod", "lxc")
NO = ("", "0", "false", "no", "off")
TEXT_BROWSERS = ("lynx", "links", "elinks", "w3m", "www-browser")
"""They have no microphone, and would take the terminal."""
WITHOUT_DISPLAY = ("darwin", "win32")
"""Systems whose desktop is not told of by a variable."""
ROOT = Path("/")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where this process runs, as far as it matters."""

    platform: str
    """As ``sys.platform``."""
    variables: Mapping[str, str]
    """The environment, with what a host did not pass on."""
    is_root: bool = False
    is_remote: bool = False
    """Whether it was started over the network, whatever the environment says."""
    in_container: bool = False

    def desktop(self) -> dict[str, str]:
        """What a browser needs to know of it."""
        return {name: self.variables[name] for name in DESKTOP if name in self.variables}


def why_shut(here: Surroundings, *, embedded: bool, wanted: Literal["auto", "never"]) -> str:
    """Why the page must not open by itself; empty where it may.

    ``embedded`` says that rooms are on the embedded LiveKit server, which a browser elsewhere could not reach, and
    ``wanted`` is ``MCP_VOICE_OPEN_BROWSER``.
    """
    reasons = (
        (wanted == "never", "MCP_VOICE_OPEN_BROWSER is never"),
        (not embedded, "LiveKit is not the embedded server"),
        (here.is_remote or _any(here, REMOTE), "this machine is used over the network"),
        (_any(here, AUTOMATIC), "this is an automatic run (CI)"),
        (here.in_container or _is_contained(here), "this is a container"),
        (not _has_display(here), "there is no display"),
        (_browser(here) in TEXT_BROWSERS, "BROWSER is a text browser"),
    )
    return next((reason for holds, reason in reasons if holds), "")


def _any(here: Surroundings, names: tuple[str, ...]) -> bool:
    return any(here.variables.get(name, "").strip().casefold() not in NO for name in names)


def _is_contained(here: Surroundings) -> bool:
    return any(
        here.variables.get(name, "").casefold() not in (*NO, *(SANDBOXES if name == "container" else ()))
        for name in CONTAINED
    )


def _has_display(here: Surroundings) -> bool:
    if here.platform in WITHOUT_DISPLAY:
        # Root's processes there, such as a daemon's, belong to nobody's desktop.
        return not here.is_root
    return any(here.variables.get(name) for name in DISPLAYS)


def _browser(here: Surroundings) -> str:
    """The program that ``BROWSER`` names first, if it does."""
    first = here.variables.get("BROWSER", "").split(os.pathsep)[0].split()
    return Path(first[0]).name if first else ""


def surroundings(*, root: Path = ROOT) -> Surroundings:
    """Look at this machine, which takes some 10 ms; ``root`` is the top of its files."""
    programs = _started_by()
    variables: dict[str, str] = {}
    for program in reversed(programs):
        with suppress(psutil.Error, OSError):
            found = program.environ()
            variables |= {name: found[name] for name in (*DESKTOP, *REMOTE, *AUTOMATIC, *CONTAINED) if found.get(name)}
    return Surroundings(
        platform=sys.platform,
        variables=variables | dict(os.environ),
        is_root=hasattr(os, "getuid") and os.getuid() == 0,
        is_remote=any(_name(program) in REMOTE_PROGRAMS for program in programs),
        in_container=_in_container(root),
    )


def _started_by() -> list[psutil.Process]:
    """Who started us, who started them, and so on."""
    try:
        return psutil.Process().parents()
    except psutil.Error:
        return []


def _name(program: psutil.Process) -> str:
    try:
        return program.name()
    except psutil.Error:
        return ""


def _in_container(root: Path) -> bool:
    if any((root / name).exists() for name in CONTAINER_FILES):
        return True
    try:
        groups = (root / "proc/1/cgroup").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return any(name in groups for name in CONTAINER_GROUPS)
