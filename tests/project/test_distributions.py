"""What is published: both wheels and both source distributions, and that they work beside another package `agents`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import requires, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DISTRIBUTIONS = {"mcp_voice": ROOT, "mcp_voice_agent": ROOT / "agents"}
"""Import package → folder of its distribution."""
NO_CODE = {"mcp_voice": {"CHANGELOG.md", "SECURITY.md"}, "mcp_voice_agent": set[str]()}
"""What a source distribution has beside the package and what every one has."""
CODE = (".py", ".typed", ".lua")
PAGE = {".css", ".html", ".js", ".sha256", ".svg", ".txt"}
"""What the join page is made of."""
BESIDE = {"LICENSE", "PKG-INFO", "README.md", "pyproject.toml"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that is published."""
    folder = tmp_path_factory.mktemp("dist")
    for project in DISTRIBUTIONS.values():
        command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, timeout=100)
        assert done.returncode == 0, done.stderr
    return folder


def files(package: str) -> set[str]:
    """The files of a package, relative to the folder of its distribution."""
    folder = DISTRIBUTIONS[package]
    found = {path.relative_to(folder).as_posix() for path in (folder / package).rglob("*") if path.is_file()}
    return {name for name in found if "__pycache__" not in name}


@pytest.mark.parametrize("package", DISTRIBUTIONS)
def test_a_wheel_holds_its_package_and_nothing_else(built: Path, package: str) -> None:
    """All of its files with the data, a marker for its types, the licence; no other top-level name."""
    (wheel,) = built.glob(f"{package}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    described = {name for name in names if name.startswith(f"{package}-{version(package)}.dist-info/")}
    assert names - described == files(package)
    assert f"{package}/py.typed" in names
    assert {Path(name).suffix for name in names - described} <= {
        ".py",
        ".typed",
        ".flac",
        ".md",
        ".toml",
        ".lua",
        *PAGE,
    }
    assert {Path(name).name for name in described} == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "LICENSE"}


@pytest.mark.parametrize("package", DISTRIBUTIONS)
def test_a_source_distribution_holds_what_a_build_needs(built: Path, package: str) -> None:
    """Not what lies about in a checkout: a tool of 60 MB was in one."""
    (source,) = built.glob(f"{package}-*.tar.gz")
    with tarfile.open(source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    # hatchling adds the root's .gitignore by itself, so that a build from it leaves out the same.
    assert names - {".gitignore"} == files(package) | BESIDE | NO_CODE[package]


def test_the_companion_needs_the_server_of_its_own_version() -> None:
    """The two share modules, so one of another version may lack what the other imports."""
    assert version("mcp-voice") == version("mcp-voice-agent")
    assert f"mcp-voice=={version('mcp-voice')}" in (requires("mcp-voice-agent") or [])


def test_both_wheels_work_beside_a_package_of_the_name_agents(built: Path, tmp_path: Path) -> None:
    """OpenAI's Agents SDK installs a top-level package `agents`."""
    for wheel in built.glob("*.whl"):
        shutil.unpack_archive(wheel, tmp_path, "zip")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import mcp_voice.voice, mcp_voice_agent.settings\n"
        "from agents import Agent, Runner\n"
        "print(mcp_voice.__file__, mcp_voice_agent.__file__, sys.modules['agents'].__file__, Agent(name='x').name)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    ours, companion, other, name = done.stdout.split()
    assert Path(ours).is_relative_to(tmp_path)
    assert Path(companion).is_relative_to(tmp_path)
    assert not Path(other).is_relative_to(ROOT / "agents")
    assert name == "x"
