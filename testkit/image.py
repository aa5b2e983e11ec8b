"""Container images without a container engine: buildah builds them in a chroot, and a chroot runs them.

For ``scripts/deploy-check``, on Linux as root. The base image of a Dockerfile cannot be pulled everywhere, so one is
made of Debian's packages under its name: Debian's own Python in place of the image's, the same release of both.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Image", "build", "default_base", "make_base", "mounted"]

MIRROR = "http://deb.debian.org/debian"
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
BASE = """\
FROM scratch
ADD . /
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
ENV SSL_CERT_FILE=/{certificates} PIP_CERT=/{certificates} DEBIAN_FRONTEND=noninteractive
CMD ["python3"]
"""
POLICY = '{"default": [{"type": "insecureAcceptAnything"}]}'
BUILD_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Image:
    """How a container of an image is started, as the image itself says."""

    root: Path
    """Its file system."""
    user: str
    folder: str
    environment: Mapping[str, str]
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    healthcheck: tuple[str, ...]

    def start(self, *command: str, read_only: Sequence[str] = (), **changed: str) -> list[str]:
        """A command line that runs the image's command, or another, as PID 1 of a namespace, in this machine's network.

        ``read_only``: nothing can be written but these folders, which are empty and forgotten, as in Kubernetes.
        """
        root = shlex.quote(str(self.root))
        steps = [f"mount -t proc proc {root}/proc", f"mount --rbind /dev {root}/dev"]
        if read_only:
            steps.insert(0, f"mount --bind {root} {root} && mount -o remount,bind,ro {root}")
            options = f"mode=0700,uid={self.user.partition(':')[0]},gid={self.user.partition(':')[2]}"
            steps += [f"mount -t tmpfs -o {options} tmpfs {root}{each}" for each in read_only]
        inside = [*self.entrypoint, *(command or self.command)]
        steps.append(f"exec {shlex.join(self._chroot(inside, changed))}")
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", " && ".join(steps)]

    def is_healthy(self, **changed: str) -> bool:
        """Run the image's health check."""
        command = self._chroot(self.healthcheck, changed)
        return subprocess.run(command, capture_output=True, check=False, timeout=20).returncode == 0

    def _chroot(self, command: Sequence[str], changed: Mapping[str, str]) -> list[str]:
        variables = [f"{name}={value}" for name, value in {**self.environment, **changed}.items()]
        # By its whole path: this machine's PATH is not the image's.
        env = ["/usr/bin/env", "-i", f"--chdir={self.folder}", *variables]
        return ["chroot", f"--userspec={self.user}", str(self.root), *env, *command]


def default_base(dockerfile: Path) -> str:
    """The image that a Dockerfile builds on."""
    found = re.search(r"^ARG BASE=(\S+)$", dockerfile.read_text(encoding="utf-8"), re.MULTILINE)
    assert found, f"{dockerfile} has no ARG BASE"
    return found[1]


def make_base(name: str, scratch: Path) -> None:
    """Make an image of Debian's packages under the name of Docker's, such as ``python:3.13-slim-trixie``."""
    named = re.fullmatch(r"python:(\d+\.\d+)-slim-(\w+)", name)
    assert named, f"{name} is no slim image of Python's"
    python, release = named.groups()
    root = scratch / "base"
    packages = "python3,python3-venv,ca-certificates"
    _run(["debootstrap", "--variant=minbase", f"--include={packages}", release, str(root), MIRROR])
    assert (root / f"usr/bin/python{python}").exists(), f"Debian {release} has no Python {python}"
    (root / "usr/local/bin/python3").symlink_to("/usr/bin/python3")
    # Where this machine reaches the registries through a proxy of its own, it trusts that; so must the base.
    shutil.copyfile(Path("/", CERTIFICATES), root / CERTIFICATES)
    recipe = scratch / "base.Dockerfile"
    recipe.write_text(BASE.format(certificates=CERTIFICATES), encoding="utf-8")
    _buildah(scratch, "bud", "--isolation", "chroot", "-t", f"docker.io/library/{name}", "-f", str(recipe), str(root))


def build(dockerfile: Path, context: Path, *, tag: str, scratch: Path) -> None:
    """Build an image by its own Dockerfile; the base has been made, and nothing is pulled."""
    how = ["--format", "docker", "--pull-never", "--isolation", "chroot"]
    _buildah(scratch, "bud", *how, "-t", tag, "-f", str(dockerfile), str(context))


@contextmanager
def mounted(tag: str, *, scratch: Path) -> Iterator[Image]:
    """An image's file system and its settings, while the block lasts."""
    container = _buildah(scratch, "from", "--pull-never", f"localhost/{tag}").strip()
    try:
        root = Path(_buildah(scratch, "mount", container).strip())
        config = json.loads(_buildah(scratch, "inspect", container))["Docker"]["config"]
        yield Image(
            root,
            user=config["User"],
            folder=config["WorkingDir"],
            environment=dict(each.split("=", 1) for each in config["Env"]),
            entrypoint=tuple(config["Entrypoint"]),
            command=tuple(config["Cmd"]),
            healthcheck=tuple(config["Healthcheck"]["Test"][1:]),
        )
    finally:
        _buildah(scratch, "rm", container)


def _buildah(scratch: Path, command: str, *arguments: str) -> str:
    policy = scratch / "policy.json"
    policy.write_text(POLICY, encoding="utf-8")
    storage = ["--root", str(scratch / "images"), "--runroot", str(scratch / "run"), "--storage-driver", "overlay"]
    trusting = ["--signature-policy", str(policy)] if command in {"bud", "from"} else []
    return _run(["buildah", *storage, command, *trusting, *arguments])


def _run(command: Sequence[str]) -> str:
    """Run it, and give what it printed; its last lines are shown if it fails."""
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=BUILD_SECONDS, env={**os.environ, "LC_ALL": "C"}
    )
    if done.returncode:
        told = "\n".join((done.stdout + done.stderr).splitlines()[-40:])
        raise SystemExit(f"{told}\n{shlex.join(command)}\nended with {done.returncode}")
    return done.stdout
