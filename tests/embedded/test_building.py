"""The build of livekit-server in a process of its own: it outlives whoever wants it, and is begun once."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import anyio
import psutil
import pytest

from mcp_voice.embedded import begin_build, find_or_build, status, stop
from mcp_voice.embedded.advance import MODULES, PACKAGES, Advance
from mcp_voice.embedded.build_files import BuildFiles, Told
from mcp_voice.embedded.building import _environment
from mcp_voice.errors import EmbeddedServerError
from mcp_voice.process.locks import is_locked
from mcp_voice.settings import load
from testkit import command
from testkit.host import host
from testkit.waiting import until

pytestmark = pytest.mark.anyio
posix = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for Go is a program by its first line")

LIMIT = 20.0
# Stands in for Go: builds a livekit-server once the file "go-on" is there, and notes each build.
GO = """#!{python}
import os, pathlib, sys, time
if sys.argv[1] == "version":
    print("go version go1.26.1 any/any")
    sys.exit()
here = pathlib.Path(__file__).parent
with (here / "builds").open("a") as builds:
    builds.write(f"{{os.getpid()}}\\n")
for name in ("a", "b"):
    print(f"example.com/{{name}}", file=sys.stderr, flush=True)
while not (here / "go-on").exists():
    time.sleep(0.02)
target = pathlib.Path(os.environ["GOBIN"]) / "server"
target.parent.mkdir(exist_ok=True)
target.write_text("#!/bin/sh\\necho livekit-server version 1.13.5\\n")
target.chmod(0o700)
"""


class Site:
    """A machine without a livekit-server, and with the stand-in for Go."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        program = self.bin / "go"
        program.write_text(GO.format(python=sys.executable))
        program.chmod(0o700)
        self.settings = load(state_dir=folder / "state", cache_dir=folder / "cache", _env_file=None)
        self.files = BuildFiles(folder / "cache" / "livekit-server-v1.13.5")

    @property
    def builds(self) -> list[int]:
        """The process of each build that was begun."""
        path = self.bin / "builds"
        return list(map(int, path.read_text().split())) if path.exists() else []

    def go_on(self) -> None:
        """Let Go finish."""
        (self.bin / "go-on").touch()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Of the test's own; nothing but the stand-in is on PATH."""
    made = Site(tmp_path)
    monkeypatch.setenv("PATH", str(made.bin))
    for name in ("UV", "MCP_VOICE_LIVEKIT_SERVER", "LIVEKIT_URL"):
        monkeypatch.delenv(name, raising=False)
    return made


@posix
async def test_a_host_that_lists_the_tools_and_ends_leaves_a_build_that_the_next_one_finds_further_on(
    site: Site, tmp_path: Path
) -> None:
    """It is begun right after the list of tools, outlives the host, and nobody begins it anew."""
    environment = {
        "PATH": str(site.bin),
        "MCP_VOICE_CACHE_DIR": str(tmp_path / "cache"),
        "MCP_VOICE_STATE_DIR": str(tmp_path / "state"),
    }
    (tmp_path / "project").mkdir()
    try:
        async with host(environment, tmp_path / "project") as started:
            await started.client.list_tools()
            await until(lambda: site.builds, limit=LIMIT)
            server = started.process
        await until(lambda: not server.is_running(), limit=LIMIT)
        assert is_locked(site.files.lock)
        lines: list[str] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: find_or_build(site.settings, progress=lines.append))
            await until(lambda: any("2 compiled" in line for line in lines), limit=LIMIT)
            site.go_on()
    finally:
        site.go_on()
    assert len(site.builds) == 1
    assert os.access(site.files.target, os.X_OK)


@posix
async def test_whoever_waits_for_a_build_and_gives_up_stops_nothing(site: Site) -> None:
    """A cancelled ask; the next one gets the same build."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: find_or_build(site.settings, progress=lambda _line: None))
        await until(lambda: site.builds, limit=LIMIT)
        tasks.cancel_scope.cancel()
    assert is_locked(site.files.lock)
    site.go_on()
    with anyio.fail_after(LIMIT):
        assert await find_or_build(site.settings, progress=lambda _line: None) == site.files.target
    assert len(site.builds) == 1


@posix
async def test_a_builder_that_is_killed_takes_go_along_and_the_next_one_goes_on_with_what_there_is(
    site: Site, tmp_path: Path
) -> None:
    """Power that fails, a container that ends: what was fetched and compiled by then is kept."""
    await begin_build(site.settings)
    await until(lambda: site.builds, limit=LIMIT)
    (site.files.scratch / "compiled").touch()
    go = psutil.Process(site.builds[0])
    builder = go.parent()
    assert builder is not None
    builder.kill()
    await until(lambda: not is_locked(site.files.lock), limit=LIMIT)
    if sys.platform == "linux":
        await until(lambda: not go.is_running() or go.status() == psutil.STATUS_ZOMBIE, limit=LIMIT)
    assert (site.files.scratch / "compiled").exists()
    site.go_on()
    with anyio.fail_after(LIMIT):
        assert await find_or_build(site.settings, progress=lambda _line: None) == site.files.target
    assert len(site.builds) == 2
    assert {path.name for path in (tmp_path / "cache").iterdir()} == {
        "build.lock",
        site.files.target.name,
        f"{site.files.target.name}.sha256",
    }


@posix
async def test_a_build_is_shown_by_status_and_ended_by_stop(site: Site) -> None:
    """Whoever does not want it can be rid of it; who waits for it is told."""
    told: list[EmbeddedServerError] = []

    async def wait() -> None:
        try:
            await find_or_build(site.settings, progress=lambda _line: None)
        except EmbeddedServerError as error:
            told.append(error)

    with anyio.fail_after(LIMIT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            await until(lambda: "compiled" in status(site.settings).building, limit=LIMIT)
            assert not (await stop(site.settings)).building
    assert not is_locked(site.files.lock)
    assert "stopped" in str(told[0])


@posix
async def test_nothing_is_built_where_a_server_is_found_or_livekit_is_elsewhere(site: Site) -> None:
    """On PATH, by the setting, built already, or somebody's own LiveKit."""
    elsewhere = {"livekit_url": "ws://127.0.0.1:1"}
    for given in (elsewhere, {"livekit_server": site.bin / "go"}):
        await begin_build(site.settings.model_copy(update=given))
    site.files.target.parent.mkdir(exist_ok=True)
    site.files.target.touch()
    await begin_build(site.settings)
    site.files.target.unlink()
    (site.bin / "livekit-server").symlink_to(site.bin / "go")
    await begin_build(site.settings)
    assert not site.files.lock.exists()


def test_the_builder_gets_no_secret_and_nothing_of_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It runs in another folder than we do, so what lies in ours has to be left out before."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f".{os.pathsep}{tmp_path / 'bin'}{os.pathsep}/usr/bin")
    monkeypatch.setenv("UV", str(tmp_path / "uv"))
    monkeypatch.setenv("LIVEKIT_API_SECRET", "hush")
    monkeypatch.setenv("GOPROXY", "https://proxy.example")
    found = _environment()
    assert (found["PATH"], found["GOPROXY"]) == ("/usr/bin", "https://proxy.example")
    assert not {"UV", "LIVEKIT_API_SECRET"} & set(found)


async def test_a_build_tells_its_share_and_of_how_many() -> None:
    """One line that grows: what there is to fetch, then what there is to compile; never whole before it is."""
    advance = Advance(anyio.current_time())
    shown, shares = [], []
    for line in (
        *(f"go: downloading example.com/m{number} v1.2.3" for number in range(MODULES)),
        *(f"example.com/p{number}" for number in range(PACKAGES)),
    ):
        advance.take(line)
        shown.append(str(advance))
        shares.append(advance.share)
    assert shown[0].startswith("building the LiveKit server, 0 %")
    assert f"about {MODULES} modules, 1 fetched" in shown[0]
    assert f"about {PACKAGES} packages, {PACKAGES} compiled" in shown[-1]
    assert shares == sorted(shares)
    assert shares[-1] == 0.99


@pytest.mark.parametrize("text", ["", "{", "[]", '{"line": 7}', '{"more": ""}', "[" * 100_000, "\0"])
def test_a_builders_word_that_makes_no_sense_counts_as_none(text: str, tmp_path: Path) -> None:
    """A disk that was full, or a file of another version."""
    files = BuildFiles(tmp_path / "livekit-server")
    files.told.write_text(text)
    assert files.read() == Told()
    files.write(Told(line="compiling"))
    assert files.read() == Told(line="compiling")


@posix
async def test_an_interrupted_server_start_leaves_the_build_and_says_so(site: Site, tmp_path: Path) -> None:
    """Whoever presses Ctrl-C knows what goes on, and how to end it."""
    (tmp_path / "elsewhere").mkdir()
    settings = {
        "PATH": str(site.bin),
        "MCP_VOICE_CACHE_DIR": str(tmp_path / "cache"),
        "MCP_VOICE_STATE_DIR": str(tmp_path / "state"),
    }
    arguments = [*command.COMMAND, "server", "start"]
    async with command.running(arguments, tmp_path / "elsewhere", settings) as process:
        assert process.stderr is not None
        said = b""
        with anyio.fail_after(LIMIT):
            while b"2 compiled" not in said:
                said += await process.stderr.receive()
            process.send_signal(signal.SIGINT)
            async for more in process.stderr:
                said += more
            assert await process.wait() == 130
    assert b"The build continues in the background; `mcp-voice server stop` ends it." in said
    assert is_locked(site.files.lock)
    await stop(site.settings)
    assert not is_locked(site.files.lock)
