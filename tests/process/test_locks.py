"""File systems without locks, as some network shares are: told at once, by whoever needs a lock."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from mcp_voice.embedded import embedded_server
from mcp_voice.embedded.binary import locate
from mcp_voice.embedded.control import status
from mcp_voice.errors import EmbeddedServerError, ModelError, VoiceError
from mcp_voice.models.catalogue import Site
from mcp_voice.models.fetch import fetch
from mcp_voice.process.locks import is_locked, locked, try_lock
from mcp_voice.settings import Settings, load
from testkit.toy_models import toy

fcntl = pytest.importorskip("fcntl", reason="Windows has locks on every file system")
pytestmark = pytest.mark.anyio

NONE = ["ENOLCK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]


@pytest.fixture(params=NONE)
def no_locks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every file is on such a file system; gives the system's words for it."""
    number = getattr(errno, request.param)

    def flock(_descriptor: int, _operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    return os.strerror(number)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Folders of this test's own."""
    return load(state_dir=tmp_path / "state", cache_dir=tmp_path / "cache", _env_file=None)


@pytest.mark.parametrize("use", [try_lock, is_locked, lambda path: locked(path, limit=60.0).__enter__()])
def test_a_lock_that_cannot_be_is_not_taken_for_one_that_somebody_holds(
    no_locks: str, use: Callable[[Path], Any], tmp_path: Path
) -> None:
    """It was waited for, an hour long where a model was to be fetched."""
    (tmp_path / "lock").touch()
    began = time.monotonic()
    with pytest.raises(OSError, match="its file system has no file locks") as raised:
        use(tmp_path / "lock")
    assert no_locks in str(raised.value)
    assert time.monotonic() - began < 30, "told at once, not after the wait"


async def test_a_model_is_not_waited_for_where_there_are_no_locks(no_locks: str, settings: Settings) -> None:
    """With where to put it instead."""
    with anyio.fail_after(30), pytest.raises(ModelError) as raised:
        await fetch(toy(Site("http://makers.invalid")), settings)
    assert_told(raised.value, no_locks, "MCP_VOICE_CACHE_DIR")


async def test_the_embedded_server_says_that_there_are_no_locks(no_locks: str, settings: Settings) -> None:
    """Not that a process is suspended, after 10 s."""
    with anyio.fail_after(5), pytest.raises(EmbeddedServerError) as raised:
        await embedded_server(settings).__aenter__()
    assert_told(raised.value, no_locks, "MCP_VOICE_STATE_DIR")


def test_the_status_of_the_embedded_server_says_it_too(no_locks: str, settings: Settings) -> None:
    """It looks whether others are there."""
    with pytest.raises(EmbeddedServerError) as raised:
        status(settings)
    assert_told(raised.value, no_locks, "MCP_VOICE_STATE_DIR")


async def test_a_build_is_not_waited_for_where_there_are_no_locks(
    no_locks: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody builds."""
    monkeypatch.setenv("PATH", "")
    with anyio.fail_after(30), pytest.raises(EmbeddedServerError) as raised:
        await locate(settings, progress=lambda _: None)
    assert_told(raised.value, no_locks, "MCP_VOICE_CACHE_DIR")


def assert_told(error: VoiceError, why: str, setting: str) -> None:
    """What it is, and what to do."""
    assert f"its file system has no file locks ({why})" in str(error)
    assert f"Set {setting} to a folder on a local disk" in error.fix
