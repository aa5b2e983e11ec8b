"""When the join page may open by itself: on a person's own desktop, and nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest

from mcp_voice.page.desktop import Surroundings, surroundings, why_shut

DESKTOP = {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}
CODE = "from mcp_voice.page.desktop import surroundings; print(surroundings().variables.get('WAYLAND_DISPLAY'))"


@pytest.mark.parametrize(
    "here",
    [
        Surroundings("linux", {"DISPLAY": ":0"}),
        Surroundings("linux", {"WAYLAND_DISPLAY": "wayland-0"}),
        Surroundings("linux", {"DISPLAY": ":0"}, is_root=True),
        Surroundings("linux", {"DISPLAY": ":0", "CI": "false", "SSH_TTY": ""}),
        Surroundings("linux", {"DISPLAY": ":0", "container": "flatpak"}),
        Surroundings("linux", {"DISPLAY": ":0", "BROWSER": "firefox:lynx"}),
        Surroundings("freebsd14", {"DISPLAY": ":0"}),
        Surroundings("darwin", {}),
        Surroundings("win32", {}),
    ],
    ids=str,
)
def test_on_somebodys_own_desktop_the_page_may_open(here: Surroundings) -> None:
    """A display is there, and whoever reads the result sits before it."""
    assert why_shut(here, embedded=True, wanted="auto") == ""


@pytest.mark.parametrize(
    ("platform", "variables", "why"),
    [
        ("linux", {}, "no display"),
        ("linux", {"DISPLAY": ""}, "no display"),
        ("linux", {**DESKTOP, "SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}, "over the network"),
        ("linux", {**DESKTOP, "SSH_TTY": "/dev/pts/1"}, "over the network"),
        ("darwin", {"SSH_CLIENT": "192.0.2.1 50000 22"}, "over the network"),
        ("win32", {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}, "over the network"),
        ("linux", {**DESKTOP, "CI": "true"}, "automatic run"),
        ("darwin", {"CI": "1"}, "automatic run"),
        ("win32", {"TF_BUILD": "True"}, "automatic run"),
        ("linux", {**DESKTOP, "KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "container"),
        ("linux", {**DESKTOP, "container": "podman"}, "container"),
        ("linux", {**DESKTOP, "CODESPACES": "true"}, "container"),
        ("linux", {**DESKTOP, "BROWSER": "/usr/bin/lynx"}, "text browser"),
    ],
)
def test_elsewhere_it_stays_shut(platform: str, variables: dict[str, str], why: str) -> None:
    """A browser that opens where nobody sits is a nuisance at best, and another person's screen at worst."""
    assert why in why_shut(Surroundings(platform, variables), embedded=True, wanted="auto")


@pytest.mark.parametrize(
    ("here", "embedded", "wanted", "why"),
    [
        (Surroundings("linux", DESKTOP), True, "never", "MCP_VOICE_OPEN_BROWSER"),
        (Surroundings("linux", DESKTOP), False, "auto", "not the embedded server"),
        (Surroundings("linux", DESKTOP, in_container=True), True, "auto", "container"),
        (Surroundings("linux", DESKTOP, is_remote=True), True, "auto", "over the network"),
        (Surroundings("darwin", {}, is_root=True), True, "auto", "no display"),
        (Surroundings("linux", {}, is_root=True), True, "auto", "no display"),
    ],
)
def test_neither_against_a_setting_nor_for_a_room_elsewhere_nor_for_a_daemon(
    *, here: Surroundings, embedded: bool, wanted: Literal["auto", "never"], why: str
) -> None:
    """What the machine itself tells counts as much as the environment."""
    assert why in why_shut(here, embedded=embedded, wanted=wanted)


@pytest.mark.parametrize(
    ("file", "text", "found"),
    [
        (".dockerenv", "", True),
        ("run/.containerenv", "", True),
        ("proc/1/cgroup", "0::/kubepods/besteffort/pod1\n", True),
        ("proc/1/cgroup", "0::/init.scope\n", False),
        ("etc/hostname", "desk\n", False),
    ],
)
def test_a_container_is_known_by_its_files(file: str, text: str, *, found: bool, tmp_path: Path) -> None:
    """Most tell it by no variable."""
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    assert surroundings(root=tmp_path).in_container is found


def test_what_a_host_did_not_pass_on_is_found_in_its_own_environment() -> None:
    """Hosts give a server PATH and HOME, and keep the display, and whether they run over SSH, to themselves."""
    host = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CODE!r}], env={{'PATH': '/usr/bin:/bin'}})"
    done = subprocess.run(
        [sys.executable, "-c", host],
        env={**os.environ, "WAYLAND_DISPLAY": "wayland-7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "wayland-7\n", done.stderr
