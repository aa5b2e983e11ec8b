"""The embedded server's files when something went wrong with them: damaged, taken away, on a full disk."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

from mcp_voice.embedded import embedded_server, find_or_build, start, status, stop
from mcp_voice.embedded.keeper.files import Files, Identity, KeeperState
from mcp_voice.embedded.keeper.server import identity_with_free_port
from mcp_voice.errors import EmbeddedServerError
from mcp_voice.settings import Settings, load
from testkit.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

LIMIT = 20.0
GRACE = 0.3
WHOLE = {"api_key": "APIkey", "api_secret": "secret", "port": 20_001}
DAMAGED = {
    "empty": "",
    "torn": json.dumps(WHOLE)[:20],
    "zeros": "\0" * 80,
    "a list": "[1, 2]",
    "nested without end": "[" * 100_000,
    "a field is missing": json.dumps({"api_key": "APIkey", "port": 20_001}),
    "a field too many": json.dumps({**WHOLE, "more": 1}),
    "no secret": json.dumps({**WHOLE, "api_secret": ""}),
    "a secret that is no text": json.dumps({**WHOLE, "api_secret": 7}),
    "a key that is null": json.dumps({**WHOLE, "api_key": None}),
    "a port that is text": json.dumps({**WHOLE, "port": "20001"}),
    "a port that is true": json.dumps({**WHOLE, "port": True}),
    "a port that no machine has": json.dumps({**WHOLE, "port": 70_000}),
    "a port below all": json.dumps({**WHOLE, "port": -1}),
}
# Brings the server up in a state folder on a file system of 4 kB, and says why it cannot.
ON_A_FULL_DISK = """
import sys, anyio
from pathlib import Path
from mcp_voice.embedded import start
from mcp_voice.errors import EmbeddedServerError
from mcp_voice.settings import load

folder, binary = map(Path, sys.argv[1:])
(folder / "filler").write_bytes(b"x" * 4096)
settings = load(state_dir=folder, livekit_server=binary, _env_file=None)
try:
    anyio.run(lambda: start(settings, progress=lambda _line: None, grace=0.3))
except EmbeddedServerError as error:
    print(error)
"""


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[Settings]:
    """Settings with a state folder of the test's own; whatever runs there afterwards is stopped."""
    binary = await find_or_build(load(_env_file=None), progress=print)
    settings = load(state_dir=tmp_path / "state", livekit_server=binary, _env_file=None)
    yield settings
    await stop(settings)


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_identity_is_replaced_by_a_new_one(text: str, tmp_path: Path) -> None:
    """Whatever is in the file: the server then starts with what can be used, and keeps it."""
    files = Files(tmp_path)
    files.create()
    files.identity.write_text(text)
    assert files.read_identity() is None
    made = identity_with_free_port(files)
    assert (len(made.api_secret) >= 32, made.port in range(20_000, 32_000)) == (True, True)
    assert files.read_identity() == made == identity_with_free_port(files)


def test_an_identity_of_bytes_that_are_no_text_is_replaced(tmp_path: Path) -> None:
    """A file system that was not closed well leaves such files."""
    files = Files(tmp_path)
    files.create()
    files.identity.write_bytes(bytes(range(128, 256)))
    assert files.read_identity() is None
    assert isinstance(identity_with_free_port(files), Identity)


@pytest.mark.parametrize("change", [{"keeper_pid": "1"}, {"keeper_pid": -1}, {"server_pid": 2**40}, {"phase": None}])
def test_a_damaged_state_counts_as_none(change: dict[str, object], tmp_path: Path) -> None:
    """Its process ids are what signals are sent to."""
    files = Files(tmp_path)
    files.create()
    files.write_state(KeeperState("ready", "/bin/x", "1.13.5", 4242))
    assert files.read_state() is not None
    files.state.write_text(json.dumps(json.loads(files.state.read_text()) | change))
    assert files.read_state() is None


def test_what_a_later_versions_keeper_says_is_understood(tmp_path: Path) -> None:
    """Two hosts of one user may run two versions, and share the server."""
    files = Files(tmp_path)
    files.create()
    state = KeeperState("ready", "/bin/x", "1.13.5", 4242)
    files.write_state(state)
    files.state.write_text(json.dumps(json.loads(files.state.read_text()) | {"colour": "blue"}))
    assert files.read_state() == state


@pytest.mark.parametrize("damage", ["{", None], ids=["torn", "taken away"])
async def test_the_identity_of_a_server_that_runs_heals_with_the_same_key(
    settings: Settings, damage: str | None
) -> None:
    """The next user comes in with the key that the server knows, though another one could no longer be read."""
    async with embedded_server(settings, grace=GRACE) as before:
        files = Files(status(settings).folder)
        for path in (files.identity, files.state):
            path.unlink() if damage is None else path.write_text(damage)
        with anyio.fail_after(LIMIT):
            async with embedded_server(settings, grace=GRACE) as after:
                assert after == before
        await until(lambda: status(settings).running, limit=LIMIT)
        assert files.read_identity() is not None


async def test_the_server_starts_again_over_a_damaged_identity(settings: Settings) -> None:
    """Between two runs: with another key."""
    async with embedded_server(settings, grace=GRACE) as before:
        files = Files(status(settings).folder)
    await stop(settings)
    files.identity.write_text('{"api_key": 1}')
    async with embedded_server(settings, grace=GRACE) as after:
        assert after.api_secret != before.api_secret


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT], ids=["full", "quota"])
@pytest.mark.parametrize("action", [start, stop])
async def test_a_full_disk_is_said_to_be_full(
    number: int, action: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not that the folder is somebody else's, and with the setting that moves it."""
    settings = load(state_dir=tmp_path / "state", livekit_server=Path("/bin/true"), _env_file=None)
    folder, really = status(settings).folder, os.open
    (folder / "keeper.lock").touch()

    def full(path: str, flags: int, *more: object, **others: object) -> int:
        if flags & os.O_CREAT and str(path).startswith(str(folder)):
            raise OSError(number, os.strerror(number), path)
        return really(path, flags, *more, **others)  # type: ignore[arg-type]

    monkeypatch.setattr("os.open", full)
    with pytest.raises(EmbeddedServerError, match=r"the disk is full.*Free some space.*MCP_VOICE_STATE_DIR"):
        await (start(settings, progress=print) if action is start else stop(settings))


@pytest.mark.skipif(
    shutil.which("unshare") is None
    or subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode != 0,
    reason="needs Linux, with user namespaces",
)
async def test_a_keeper_that_cannot_write_its_state_is_told_of_as_a_full_disk(
    settings: Settings, tmp_path: Path
) -> None:
    """Really full: the locks are empty files and can be made there, and the server's process finds out."""
    folder = tmp_path / "small"
    folder.mkdir()
    inside = [sys.executable, "-c", ON_A_FULL_DISK, str(folder), str(settings.livekit_server)]
    mount = f'mount -t tmpfs -o size=4k tmpfs {folder} && exec "$@"'
    done = await anyio.run_process(["unshare", "-rm", "sh", "-c", mount, "sh", *inside])
    assert "the disk is full" in done.stdout.decode()
    assert "MCP_VOICE_STATE_DIR" in done.stdout.decode()
