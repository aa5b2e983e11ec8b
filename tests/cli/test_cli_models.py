"""``mcp-voice models``: what is there, what it costs, fetch it, remove it."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import sys
from pathlib import Path

import pytest
from anyio.streams.text import TextReceiveStream
from rich.console import Console
from typer.testing import CliRunner, Result

from mcp_voice.cli import models
from mcp_voice.cli.app import app
from mcp_voice.models import MODELS, named, place
from mcp_voice.models.fetch import FetchProgress
from mcp_voice.settings import load
from testkit import command
from testkit.file_server import file_server, held, status
from testkit.waiting import until

VOICE = "piper-norman"


def run(*arguments: str, **environment: str) -> Result:
    """The command, in this process."""
    return CliRunner().invoke(app, ["models", *arguments], env=environment)


def put(folder: Path) -> Path:
    """Files of the voice's sizes."""
    folder.mkdir(parents=True)
    for file in named(VOICE).files:
        with (folder / file.name).open("wb") as opened:
            opened.truncate(file.size)
    return folder


def test_the_list_shows_use_size_licence_and_place_of_every_model(tmp_path: Path) -> None:
    """For people, and as JSON for programs; without a terminal no line is wrapped, and so no path cut in two."""
    folder = put(place(named(VOICE), load(cache_dir=tmp_path, _env_file=None)).folder)
    shown = run("list", MCP_VOICE_CACHE_DIR=str(tmp_path), COLUMNS="80")
    assert shown.exit_code == 0
    (line,) = (line for line in shown.stdout.splitlines() if line.strip().startswith(VOICE))
    for part in ("text to speech", "64 MB", "public domain", str(folder)):
        assert part in line
    assert "not here" in shown.stdout
    rows = json.loads(run("list", "--json", MCP_VOICE_CACHE_DIR=str(tmp_path)).stdout)
    assert [row["name"] for row in rows] == list(MODELS)
    assert {row["name"]: row["where"] for row in rows}[VOICE] == "cache"


def test_in_a_narrow_terminal_a_place_is_not_cut_into_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 80 columns the last column was 12 wide: a folder stood there in five pieces, and nobody could copy it."""
    folder = put(place(named(VOICE), load(cache_dir=tmp_path, _env_file=None)).folder)
    for width in (80, 400):
        written = io.StringIO()
        monkeypatch.setattr(models, "stdout", lambda written=written, width=width: Console(file=written, width=width))
        assert run("list", MCP_VOICE_CACHE_DIR=str(tmp_path)).exit_code == 0
        lines = [line.strip() for line in written.getvalue().splitlines()]
        begin = next(at for at, line in enumerate(lines) if line.startswith(VOICE))
        if width == 80:
            assert lines[begin] == f"{VOICE}  64 MB"
            assert lines[begin + 3] == f"{folder} (cache)"
        else:
            assert lines[begin].endswith(f"{folder} (cache)")


def test_a_model_is_removed_from_the_cache(tmp_path: Path) -> None:
    """Once; then there is nothing left to remove."""
    folder = put(place(named(VOICE), load(cache_dir=tmp_path, _env_file=None)).folder)
    assert "removed" in run("remove", VOICE, MCP_VOICE_CACHE_DIR=str(tmp_path)).stdout
    assert not folder.exists()
    assert "was not here" in run("remove", VOICE, MCP_VOICE_CACHE_DIR=str(tmp_path)).stdout


def test_a_model_that_somebody_put_there_is_not_removed(tmp_path: Path) -> None:
    """It is not ours; the error says how it goes."""
    folder = put(tmp_path / "mine" / VOICE)
    result = run("remove", VOICE, MCP_VOICE_MODELS_DIR=str(tmp_path / "mine"), MCP_VOICE_CACHE_DIR=str(tmp_path))
    assert result.exit_code == 1
    assert "mcp-voice does not manage" in " ".join(result.stderr.split())
    assert folder.exists()


def test_a_cache_that_cannot_be_used_is_an_error_of_ours(tmp_path: Path) -> None:
    """With what to set, and no traceback."""
    where = place(named(VOICE), load(cache_dir=tmp_path, _env_file=None))
    where.lock.mkdir(parents=True)
    result = run("remove", VOICE, MCP_VOICE_CACHE_DIR=str(tmp_path))
    assert result.exit_code == 1
    assert "MCP_VOICE_CACHE_DIR" in result.stderr


def test_an_unknown_model_is_an_error_with_the_names(tmp_path: Path) -> None:
    """Before anything is fetched."""
    result = run("get", "nobody", MCP_VOICE_CACHE_DIR=str(tmp_path))
    assert result.exit_code == 1
    assert VOICE in result.stderr


@pytest.mark.anyio
async def test_a_fetch_that_fails_is_one_sentence_and_exit_code_1(tmp_path: Path) -> None:
    """With what to do, and no traceback."""
    async with file_server() as server:
        server.always = status(404)
        environment = {"MCP_VOICE_CACHE_DIR": str(tmp_path / "cache"), "MCP_VOICE_MODELS_MIRROR": server.url}
        done = await command.run("models", "get", VOICE, folder=tmp_path, settings=environment)
    assert (done.code, done.out) == (1, "")
    assert "is not there (HTTP 404)" in done.err
    assert "Traceback" not in done.err


def test_progress_is_in_megabytes_and_per_cent() -> None:
    """And says when somebody else fetches."""
    assert str(FetchProgress(VOICE, 5_000_000, 20_000_000)) == "piper-norman: 5.0 of 20.0 MB, 25 %"
    assert "another process" in str(FetchProgress(VOICE, waiting=True))


def test_names_are_shown_whole_in_a_narrow_terminal(tmp_path: Path) -> None:
    """They are for copying into the next command."""
    shown = run("list", MCP_VOICE_CACHE_DIR=str(tmp_path), COLUMNS="80").stdout
    for name in MODELS:
        assert name in shown


@pytest.mark.anyio
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for others")
async def test_an_interrupted_fetch_says_how_it_is_resumed(tmp_path: Path) -> None:
    """Exit code 130, as for shells, and nothing that could be used."""
    never = asyncio.Event()
    async with file_server() as server:
        for file in named(VOICE).files:
            server.files[f"/{VOICE}/{file.name}"] = bytes(file.size)
        server.always = held(100_000, never)
        environment = {"MCP_VOICE_CACHE_DIR": str(tmp_path / "cache"), "MCP_VOICE_MODELS_MIRROR": server.url}
        async with command.running([*command.COMMAND, "models", "get", VOICE], tmp_path, environment) as process:
            await until(lambda: bool(server.asked), limit=30)
            process.send_signal(signal.SIGINT)
            assert process.stderr is not None
            told = "".join([text async for text in TextReceiveStream(process.stderr)])
            assert await process.wait() == 130
        never.set()
    assert f"resume with `mcp-voice models get {VOICE}`" in told
    assert "Traceback" not in told
