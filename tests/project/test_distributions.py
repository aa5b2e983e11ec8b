"""What is published: both wheels and both source distributions, and that they work beside another package `agents`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from email.message import Message
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

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


def described(built: Path, package: str) -> Message:
    """What a package index shows of a wheel."""
    (wheel,) = built.glob(f"{package}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


def assert_links(urls: dict[str, str]) -> None:
    """Each leads to our repository, and where it names a file or a folder of it, that is there."""
    repository = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))["repository"]["url"]
    assert urls["Repository"] == repository
    assert {"Homepage", "Documentation", "Issues"} <= set(urls)
    for url in urls.values():
        assert url == repository or url.startswith(f"{repository}/")
        _, _, inside = url.partition("/main/")
        assert (ROOT / inside).exists(), url


@pytest.mark.parametrize("package", DISTRIBUTIONS)
def test_a_wheel_says_whose_it_is_and_where_to_read_on(built: Path, package: str) -> None:
    """Whoever finds it on PyPI sees links, keywords and what it runs on."""
    told = described(built, package)
    assert told["Author"] == "mcp-voice"
    urls = dict(each.split(", ", 1) for each in told.get_all("Project-URL", []))
    assert_links(urls)
    assert urls["Changelog"].endswith("/CHANGELOG.md")
    assert {"livekit", "speech", "voice"} <= set(told["Keywords"].split(","))
    classifiers = told.get_all("Classifier", [])
    runs_on = SpecifierSet(told["Requires-Python"])
    pythons = {f"Programming Language :: Python :: 3.{minor}" for minor in range(50) if f"3.{minor}" in runs_on}
    assert {each for each in classifiers if each.startswith("Programming Language")} == pythons
    assert {
        "Operating System :: MacOS",
        "Operating System :: Microsoft :: Windows",
        "Operating System :: POSIX :: Linux",
    } < {*classifiers}
    assert "Typing :: Typed" in classifiers
    # An index refuses a licence's classifier beside the licence's expression.
    assert told["License-Expression"] == "Apache-2.0"
    assert not [each for each in classifiers if each.startswith("License")]


@pytest.mark.parametrize("folder", sorted((ROOT / "data").iterdir()), ids=lambda folder: folder.name)
def test_a_distribution_of_data_says_who_keeps_it_and_where_to_read_on(folder: Path) -> None:
    """Program and weights are others' work, the package of it is ours."""
    command = [sys.executable, "-m", "hatchling", "metadata"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=60)
    told = json.loads(done.stdout)
    assert told["maintainers"] == [{"name": "mcp-voice"}]
    assert "authors" not in told
    assert_links(told["urls"])
    assert "mcp-voice" in told["keywords"]
    assert "Programming Language :: Python :: 3" in told["classifiers"]


def test_the_companion_needs_the_server_of_its_own_version() -> None:
    """The two share modules, so one of another version may lack what the other imports."""
    assert version("mcp-voice") == version("mcp-voice-agent")
    assert f"mcp-voice=={version('mcp-voice')}" in (requires("mcp-voice-agent") or [])


def locked(*, without: str = "") -> set[str]:
    """What an install of mcp-voice brings along by uv.lock, if one distribution were not among it."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    found: set[tuple[str, str]] = set()
    open_ends = [("mcp-voice", "")]
    while open_ends:
        name, extra = open_ends.pop()
        if (name, extra) in found or name == without:
            continue
        found.add((name, extra))
        for package in packages:
            if package["name"] != name:
                continue
            needed = (
                package.get("optional-dependencies", {}).get(extra, []) if extra else package.get("dependencies", [])
            )
            for each in needed:
                open_ends += [(each["name"], ""), *((each["name"], wanted) for wanted in each.get("extra", []))]
    return {name for name, _ in found}


def test_pillow_comes_by_livekits_openai_plugin_alone() -> None:
    """If the plugin no longer needs it, pyproject.toml and docs/hosts.md may forget it."""
    assert "pillow" in locked()
    assert "pillow" not in locked(without="livekit-plugins-openai")
    for path in ("pyproject.toml", "docs/hosts.md"):
        assert "Pillow" in (ROOT / path).read_text(encoding="utf-8")


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


@pytest.mark.long
@pytest.mark.timeout(600)
def test_both_wheels_and_openais_agents_are_installed_into_one_environment(built: Path, tmp_path: Path) -> None:
    """As a user does it: one resolution of all three, both commands, and each package by its own name."""
    uv = shutil.which("uv") or str(ROOT / ".venv-uv" / "bin" / "uv")
    assert Path(uv).exists(), "the scripts bring uv: run ./scripts/test"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COVERAGE"))}

    def run(*command: str) -> str:
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=500
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    run(uv, "venv", "--no-project", "--python", sys.executable, "env")
    scripts = tmp_path / "env" / ("Scripts" if sys.platform == "win32" else "bin")
    python = str(scripts / "python")
    wheels = [str(wheel) for wheel in built.glob("*.whl")]
    run(uv, "pip", "install", "--no-config", "--python", python, *wheels, "openai-agents")
    for name in ("mcp-voice", "mcp-voice-agent"):
        assert run(str(scripts / name), "--version") == f"{name} {version(name)}"
    program = (
        "import mcp_voice.voice, mcp_voice_agent.settings, sys\n"
        "from agents import Agent, Runner\n"
        "print(mcp_voice.__file__, mcp_voice_agent.__file__, sys.modules['agents'].__file__, Agent(name='x').name)"
    )
    *files, name = run(python, "-P", "-c", program).split()
    assert all(Path(each).is_relative_to(tmp_path / "env") for each in files), files
    assert name == "x"
