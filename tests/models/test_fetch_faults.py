"""What a server can do wrong while a model is fetched: it is told, and nothing that is not the model is ever used."""

from __future__ import annotations

import errno
import io
import os
import socket
import sys
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from mcp_voice.errors import ModelError
from mcp_voice.models import download
from mcp_voice.models.catalogue import Site
from mcp_voice.models.fetch import FetchProgress, fetch
from mcp_voice.models.found import found
from mcp_voice.models.store import place
from mcp_voice.models.transport import Limits
from mcp_voice.settings import Settings, load
from testkit.file_server import FileServer, drip, endless, file_server, status, truncated
from testkit.toy_models import CONTENTS, QUICK, at, toy

pytestmark = pytest.mark.anyio


def full() -> io.FileIO:
    """A file on a disk that is full."""
    return io.FileIO("/dev/full", "w")


async def refused(server: FileServer, settings: Settings, *, limits: Limits = QUICK) -> ModelError:
    """The error of a fetch, after which there is nothing that could be used."""
    model = at(server)
    with pytest.raises(ModelError) as raised:
        await fetch(model, settings, limits=limits)
    assert raised.value.fix
    assert found(model, settings) is None
    assert not place(model, settings).folder.exists()
    return raised.value


async def test_a_fetch_puts_all_files_in_place_and_tells_how_far_it_is(server: FileServer, settings: Settings) -> None:
    """Byte for byte, in the cache, where it is found from then on."""
    told: list[FetchProgress] = []
    folder = await fetch(at(server), settings, progress=told.append, limits=QUICK)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENTS
    assert found(at(server), settings) == folder == settings.cache_dir / "models" / "toy"  # type: ignore[operator]
    whole = sum(map(len, CONTENTS.values()))
    assert [each.done for each in told] == sorted(each.done for each in told)
    assert (told[-1].done, told[-1].size) == (whole, whole)


async def test_what_is_there_is_not_fetched_again(server: FileServer, settings: Settings) -> None:
    """Not a single request."""
    model = at(server)
    await fetch(model, settings, limits=QUICK)
    asked = len(server.asked)
    assert await fetch(model, settings, limits=QUICK) == found(model, settings)
    assert len(server.asked) == asked


async def test_a_file_with_another_hash_is_not_used(server: FileServer, settings: Settings) -> None:
    """Of the same length: only its SHA-256 tells."""
    model = at(server)
    server.files["/toy/encoder.ort"] = bytes(len(CONTENTS["encoder.ort"]))
    with pytest.raises(ModelError, match="SHA-256") as raised:
        await fetch(model, settings, limits=QUICK)
    assert raised.value.code == "model-mismatch"
    assert found(model, settings) is None
    assert not list(place(model, settings).staging.glob("encoder.ort*"))


async def test_a_file_of_another_length_is_told_at_once(server: FileServer, settings: Settings) -> None:
    """Before a byte of it is written."""
    model = at(server)
    server.files["/toy/encoder.ort"] += b"x"
    with pytest.raises(ModelError, match="200001 bytes there, not 200000") as raised:
        await fetch(model, settings, limits=QUICK)
    assert raised.value.code == "model-mismatch"
    assert len(server.asked) == 1


async def test_a_body_without_an_end_is_left_where_the_file_should_end(server: FileServer, settings: Settings) -> None:
    """The disk takes no more than the catalogue says."""
    server.always = endless
    error = await refused(server, settings)
    assert error.code == "model-mismatch"
    assert "more than 200000 bytes" in str(error)


async def test_a_slow_drip_is_given_up(server: FileServer, settings: Settings) -> None:
    """It never stops, and would take a day."""
    server.always = drip
    error = await refused(server, settings, limits=replace(QUICK, slow_seconds=0.2))
    assert error.code == "model-late"
    assert "more slowly than" in str(error)


async def test_a_missing_file_is_told_with_its_address(server: FileServer, settings: Settings) -> None:
    """And asked for once only."""
    server.always = status(404)
    error = await refused(server, settings)
    assert error.code == "model-not-found"
    assert f"{server.url}/toy/encoder.ort" in str(error)
    assert len(server.asked) == 1


@pytest.mark.parametrize(("code", "name"), [(401, "model-refused"), (403, "model-refused"), (418, "model-server")])
async def test_a_refusal_is_not_asked_again(server: FileServer, settings: Settings, code: int, name: str) -> None:
    """Nothing would be another at the next try."""
    server.always = status(code)
    assert (await refused(server, settings)).code == name
    assert len(server.asked) == 1


async def test_a_server_that_fails_once_is_asked_again(server: FileServer, settings: Settings) -> None:
    """Nobody is told of it."""
    server.faults = [status(500)]
    assert (await fetch(at(server), settings, limits=QUICK)).is_dir()


async def test_a_server_that_goes_on_failing_is_told(server: FileServer, settings: Settings) -> None:
    """After as many tries as are allowed."""
    server.always = status(503)
    error = await refused(server, settings)
    assert (error.code, len(server.asked)) == ("model-server", QUICK.attempts)


async def test_a_redirect_to_another_host_is_followed(server: FileServer, settings: Settings) -> None:
    """As storage behind an address of its maker has it."""
    model = at(server)
    async with file_server() as storage:
        storage.files["/blob"] = server.files.pop("/toy/encoder.ort")
        server.redirects["/toy/encoder.ort"] = f"{storage.url.replace('127.0.0.1', 'localhost')}/blob?signed=secret"
        folder = await fetch(model, settings, limits=QUICK)
        assert (folder / "encoder.ort").read_bytes() == CONTENTS["encoder.ort"]
        assert storage.asked


async def test_redirects_without_an_end_are_an_error(server: FileServer, settings: Settings) -> None:
    """Not a fetch that never ends."""
    server.redirects["/toy/encoder.ort"] = "/toy/encoder.ort"
    assert (await refused(server, settings)).code == "model-server"


async def test_no_network_is_told_with_the_settings_that_help(settings: Settings) -> None:
    """Nothing listens there."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(ModelError, match=r"cannot be reached.*MCP_VOICE_MODELS_MIRROR") as raised:
        await fetch(toy(Site(f"http://127.0.0.1:{port}")), settings, limits=QUICK)
    assert raised.value.code == "model-unreachable"


async def test_a_server_that_says_nothing_is_not_waited_for_for_ever(settings: Settings) -> None:
    """The connection is made, and that is all."""
    limits = replace(QUICK, quiet_seconds=0.1, attempts=1)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(ModelError, match="does not answer in time") as raised,
    ):
        await fetch(toy(Site(f"http://127.0.0.1:{silent.getsockname()[1]}")), settings, limits=limits)
    assert raised.value.code == "model-late"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full, which is always full, is Linux's")
async def test_a_full_disk_is_told_as_such(
    server: FileServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what can be done, and that what has come is kept."""
    monkeypatch.setattr(download, "_opened", lambda *_, **__: full())
    error = await refused(server, settings)
    assert error.code == "model-disk-full"
    assert "MCP_VOICE_CACHE_DIR" in error.fix


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
async def test_a_folder_that_may_not_be_written_to_is_told_as_such(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write anywhere, so the system's answer is given here."""

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "mkdir", forbidden)
    with pytest.raises(ModelError, match=r"Permission denied.*MCP_VOICE_CACHE_DIR") as raised:
        await fetch(at(server), load(cache_dir=tmp_path / "cache", _env_file=None), limits=QUICK)
    assert raised.value.code == "model-folder"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such owners")
async def test_a_cache_of_another_user_is_refused(
    server: FileServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They could put another model there."""
    owner = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    with pytest.raises(ModelError, match="belongs to another user") as raised:
        await fetch(at(server), settings, limits=QUICK)
    assert raised.value.code == "model-folder"


async def test_a_link_in_the_cache_is_not_written_through(
    server: FileServer, settings: Settings, tmp_path: Path
) -> None:
    """Neither that of a file nor that of the folder."""
    model, victim = at(server), tmp_path / "victim"
    victim.write_bytes(b"mine")
    where = place(model, settings)
    where.make()
    where.make_staging()
    (where.staging / "encoder.ort.part").symlink_to(victim)
    folder = await fetch(model, settings, limits=QUICK)
    assert victim.read_bytes() == b"mine"
    assert (folder / "encoder.ort").read_bytes() == CONTENTS["encoder.ort"]


async def test_a_link_in_place_of_a_cached_file_is_no_model(
    server: FileServer, settings: Settings, tmp_path: Path
) -> None:
    """What is fetched is a plain file of ours, and is fetched anew."""
    model = at(server)
    folder = await fetch(model, settings, limits=QUICK)
    (tmp_path / "other").write_bytes(bytes(len(CONTENTS["encoder.ort"])))
    (folder / "encoder.ort").unlink()
    (folder / "encoder.ort").symlink_to(tmp_path / "other")
    assert found(model, settings) is None
    assert await fetch(model, settings, limits=QUICK) == folder
    assert (folder / "encoder.ort").read_bytes() == CONTENTS["encoder.ort"]


async def test_the_whole_has_a_limit(server: FileServer, settings: Settings) -> None:
    """With all tries, however often a bit comes."""
    limits = replace(QUICK, attempts=10_000, whole_seconds=0.3)
    server.always = status(500)
    with anyio.fail_after(10), pytest.raises(ModelError, match="was not there after") as raised:
        await fetch(at(server), settings, limits=limits)
    assert raised.value.code == "model-late"


async def test_an_error_shows_no_login(server: FileServer, tmp_path: Path) -> None:
    """That of a mirror stands in its address."""
    server.always = truncated(0)
    mirror = server.url.replace("http://", "http://ada:secret@")
    settings = load(cache_dir=tmp_path / "cache", models_mirror=mirror, _env_file=None)
    with pytest.raises(ModelError) as raised:
        await fetch(at(server), settings, limits=QUICK)
    assert "secret" not in str(raised.value)
