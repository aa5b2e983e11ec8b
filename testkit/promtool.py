"""Prometheus's own checker of rules; run as a program, it fetches one into ``.promtool`` where Debian's packages are.

Not installed: Debian's package would also start a server on this machine.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from testkit.missing import missing

__all__ = ["check_rules"]

FETCHED = Path(__file__).parents[1] / ".promtool"
FETCH_SECONDS = 600.0
CHECK_SECONDS = 60.0
COMMANDS = (["check", "rules", "alerts.yaml"], ["test", "rules", "alerts_test.yaml"])
TO_INSTALL = "There is no promtool: `python -m testkit.promtool` fetches it (Debian, Ubuntu), else install Prometheus."


def check_rules(folder: Path) -> None:
    """Promtool accepts the alerts in this folder, and sees each fire and not fire as ``alerts_test.yaml`` says.

    Raises AssertionError with what it prints; without it the test is ``missing``.
    """
    program = _found()
    if program is None:
        missing(f"The alerts in {folder} were not tried. {TO_INSTALL}")
    for command in COMMANDS:
        done = subprocess.run(
            [program, *command], cwd=folder, capture_output=True, text=True, timeout=CHECK_SECONDS, check=False
        )
        printed = done.stdout + done.stderr
        assert (done.returncode, "SUCCESS" in printed) == (0, True), printed


def _found() -> str | None:
    return shutil.which("promtool") or shutil.which("promtool", path=str(FETCHED / "usr" / "bin"))


def _fetch() -> None:
    """Raises OSError, ValueError, CalledProcessError or TimeoutExpired where that does not work."""
    with TemporaryDirectory() as folder:
        try:
            _download(folder)
        except subprocess.CalledProcessError:
            # The lists of packages may be old, or none; only root may renew them.
            subprocess.run(["apt-get", "update", "-qq"], check=False, stdout=sys.stderr, timeout=FETCH_SECONDS)
            _download(folder)
        (package,) = Path(folder).glob("prometheus_*.deb")
        subprocess.run(["dpkg-deb", "--extract", package, folder], check=True, timeout=FETCH_SECONDS)
        program = FETCHED / "usr" / "bin" / "promtool"
        program.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(Path(folder) / "usr" / "bin" / "promtool", program)


def _download(folder: str) -> None:
    # As root it would be fetched by another user, who may not write into this folder, which apt-get warns of.
    command = ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", "prometheus"]
    subprocess.run(command, cwd=folder, check=True, stdout=sys.stderr, timeout=FETCH_SECONDS)


def main() -> int:
    """Say where it is; the exit status is 1 if there is none and none can be fetched."""
    if _found() is None:
        try:
            _fetch()
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            print(f"promtool was not fetched: {error}. {TO_INSTALL}", file=sys.stderr)  # noqa: T201
    if (program := _found()) is None:
        return 1
    print(program)  # noqa: T201  # for a script
    return 0


if __name__ == "__main__":
    sys.exit(main())
