"""What the scripts install, told by a uv that only notes how it is called."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = f"""#!/bin/sh
if [ "$1" = --version ]; then echo uv 99.0; exit; fi
echo "$*" >>uv.log
mkdir -p .venv/bin
ln -sf {sys.executable} .venv/bin/python
for name in mcp-voice mcp-voice-agent; do printf '#!/bin/sh\\n' >.venv/bin/$name; chmod +x .venv/bin/$name; done
"""
PYTHON = """#!/bin/sh
case "$*" in
  *"print(sys.executable)"*) echo "$0" ;;
  *"pip install"*)
    while [ "$1" != --target ]; do shift; done
    mkdir -p "$2/bin"
    mv bin/fetched "$2/bin/uv"
    [ "$PIP_ROOT_USER_ACTION" = ignore ] || echo "WARNING: Running pip as the 'root' user" >&2
    ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with our scripts, whose uv installs nothing."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    (tmp_path / "agents").mkdir()
    for name in ("pyproject.toml", "agents/pyproject.toml", "uv.lock"):
        (tmp_path / name).write_text("one\n")
    (tmp_path / "scripts" / "all").write_text('set -eu\n. "$(dirname -- "$0")/_venv"\n')
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "uv").write_text(UV)
    (tmp_path / "bin" / "uv").chmod(0o755)
    return tmp_path


def calls(checkout: Path, script: str) -> list[str]:
    """Run a script there; how uv was called meanwhile."""
    log = checkout / "uv.log"
    log.write_text("")
    environment = {**os.environ, "PATH": f"{checkout / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    command = ["sh", str(checkout / "scripts" / script)]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=30)
    return log.read_text().splitlines()


@pytest.mark.parametrize(("script", "package"), [("demo", "mcp-voice"), ("companion-demo", "mcp-voice-agent")])
def test_a_demo_installs_its_package_without_the_developers_tools(checkout: Path, script: str, package: str) -> None:
    """Neither mypy nor pytest, and once only."""
    (call,) = calls(checkout, script)
    assert call.startswith(f"sync --locked --no-default-groups --inexact --package {package}")
    assert calls(checkout, script) == []


def test_tests_after_a_demo_get_their_tools(checkout: Path) -> None:
    """What a demo installed is not enough for them."""
    calls(checkout, "demo")
    assert calls(checkout, "all") == ["sync --locked --all-groups"]


def test_a_demo_in_a_developers_checkout_takes_nothing_away(checkout: Path) -> None:
    """Everything is there already; when the lock file has changed, the tools stay beside what is brought up to date."""
    calls(checkout, "all")
    assert calls(checkout, "companion-demo") == calls(checkout, "demo") == []
    (checkout / "uv.lock").write_text("two\n")
    (call,) = calls(checkout, "demo")
    assert "--inexact" in call
    assert calls(checkout, "all") == ["sync --locked --all-groups"]


def test_the_companions_demo_after_the_other_one_installs_the_companion(checkout: Path) -> None:
    """The other way round everything is there."""
    calls(checkout, "demo")
    assert len(calls(checkout, "companion-demo")) == 1
    assert calls(checkout, "demo") == []


def test_the_first_words_of_a_demo_are_no_warning_of_pip(checkout: Path) -> None:
    """Root, as in a container, read that its system's packages may break; uv goes into a folder of ours."""
    (checkout / "bin" / "uv").rename(checkout / "bin" / "fetched")
    (checkout / "bin" / "python3").write_text(PYTHON)
    (checkout / "bin" / "python3").chmod(0o755)
    environment = {**os.environ, "PATH": f"{checkout / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin"}
    environment.pop("PIP_ROOT_USER_ACTION", None)
    command = ["sh", str(checkout / "scripts" / "demo")]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=30)
    assert done.stderr.splitlines()[0] == "Installing uv from PyPI into .venv-uv (once)"
    assert "WARNING" not in done.stderr
    assert (checkout / ".venv-uv" / "bin" / "uv").exists()


@pytest.mark.parametrize(
    ("script", "named"), [("check-clients", "npm"), ("check-hosts", "npx"), ("deploy-manifests", "promtool")]
)
@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_what_a_script_cannot_check_fails_in_ci_alone(
    checkout: Path, script: str, named: str, ci: str, code: int
) -> None:
    """Where nobody reads what it prints, green would mean that it was checked."""
    for tool in ("sh", "cat", "cksum", "dirname", "mkdir", "ln", "chmod"):
        found = shutil.which(tool)
        assert found is not None
        (checkout / "bin" / tool).symlink_to(found)
    (checkout / "bin" / "python3").symlink_to(sys.executable)
    done = subprocess.run(
        ["sh", str(checkout / "scripts" / script)],
        env={"PATH": str(checkout / "bin"), "CI": ci},
        check=False, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    (told,) = [line for line in done.stderr.splitlines() if line.startswith("NOT CHECKED: ")]
    assert (done.returncode, named in told) == (code, True), done.stderr
