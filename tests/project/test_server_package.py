"""The distribution with livekit-server: packed with its digest and licences, and found where it is installed."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from mcp_voice.embedded import begin_build, find_or_build
from mcp_voice.embedded.build import MODULE, VERSION
from mcp_voice.embedded.go_bin import VERSION as GO_VERSION
from mcp_voice.settings import load

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "data" / "livekit-server"
PACKAGE = "mcp_voice_livekit_server"
TAG = "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64"
SERVER = f"#!/bin/sh\necho livekit-server version {VERSION}\n"
TOLD = """/x/server: go1.26.8
\tpath\tgithub.com/livekit/livekit-server/cmd/server
\tmod\tgithub.com/livekit/livekit-server\tv1.13.5\th1:H=
\tdep\tgithub.com/BurntSushi/toml\tv1.4.0\th1:p=
\tdep\texample.com/old\tv1.0.0
\t=>\texample.com/new\tv1.0.1\th1:q=
\tbuild\tCGO_ENABLED=0
"""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("server_package", ROOT / "scripts" / "server_package.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.anyio
@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a program by its first line")
async def test_where_the_package_is_installed_its_server_is_used_and_nothing_is_built(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wheel is for its platform and any Python 3, holds program, digest and licences, and no code."""
    (tmp_path / "server").write_text(SERVER)
    wheel = script.pack(tmp_path / "server", "Theirs", tmp_path, scratch=tmp_path / "scratch", tag=TAG)
    assert wheel.name == f"{PACKAGE}-{VERSION}-py3-none-{TAG}.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        licences = f"{PACKAGE}-{VERSION}.dist-info/licenses"
        assert b"Apache License" in archive.read(f"{licences}/LICENSE")
        assert b"LiveKit, Inc." in archive.read(f"{licences}/NOTICE")
        assert archive.read(f"{licences}/THIRD-PARTY-LICENSES") == b"Theirs"
        assert archive.getinfo(f"{PACKAGE}/bin/livekit-server").external_attr >> 16 & 0o111
        assert "Tag: py3-none-musllinux_1_1_x86_64" in archive.read(f"{PACKAGE}-{VERSION}.dist-info/WHEEL").decode()
    assert {name for name in names if ".dist-info/" not in name} == {
        f"{PACKAGE}/{name}" for name in ("__init__.py", "bin/livekit-server", "bin/livekit-server.sha256")
    }
    # As an installer lays it down.
    shutil.unpack_archive(wheel, tmp_path / "site", "zip")
    program = tmp_path / "site" / PACKAGE / "bin" / "livekit-server"
    program.chmod(0o755)
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("MCP_VOICE_LIVEKIT_SERVER", raising=False)
    settings = load(cache_dir=tmp_path / "cache", _env_file=None)
    await begin_build(settings)
    assert await find_or_build(settings, progress=lambda _line: None) == program
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_package_has_the_version_that_is_built() -> None:
    """Another one on PyPI than the one that the embedded server would build is another program."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert f"version {VERSION}," in text
    assert MODULE in text


def test_each_module_inside_the_program_is_named_with_the_folder_of_its_licence(script: ModuleType) -> None:
    """Its name as in Go's cache; of one that is replaced, what stands in for it."""
    assert [f"{script.escaped(name)}@{version}" for name, version in script.modules(TOLD)] == [
        "github.com/livekit/livekit-server@v1.13.5",
        "github.com/!burnt!sushi/toml@v1.4.0",
        "example.com/new@v1.0.1",
    ]


def test_a_module_without_a_licence_is_not_packed(script: ModuleType, tmp_path: Path) -> None:
    """Who passes a program on passes on its licences; source that is called so is none."""
    (tmp_path / "license.go").touch()
    with pytest.raises(SystemExit, match=r"example\.com/a v1 has no licence"):
        script._texts("example.com/a v1", tmp_path)
    (tmp_path / "LICENSE-APACHE.txt").write_text("Do as you like.")
    assert "Do as you like." in script._texts("example.com/a v1", tmp_path)


def test_a_machine_that_no_wheel_is_made_for_is_told_so(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another tag than the right one would be installed and not run."""
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(SystemExit, match="riscv64"):
        script.platform_tag()


def test_the_release_builds_a_wheel_on_each_platform_with_the_go_that_is_pinned(script: ModuleType) -> None:
    """The same bytes as anybody's build with that release of Go."""
    release = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    job = release["jobs"]["server-wheels"]
    assert len(job["strategy"]["matrix"]["os"]) == len(script.PLATFORMS)
    (go,) = (step["with"]["go-version"] for step in job["steps"] if "setup-go" in step.get("uses", ""))
    assert go == GO_VERSION
    assert "server-wheels" in release["jobs"]["publish"]["needs"]
